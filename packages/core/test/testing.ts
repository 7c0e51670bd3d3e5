/**
 * The toy runner, scripted policies and arbitraries of `@refrain/testing`. By path: that package depends on this one, and
 * the order in which packages are built knows no cycles.
 */
export * from '../../testing/src/index.ts';
