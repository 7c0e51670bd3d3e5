export { main } from './main.ts';
export type { CommandContext } from './cli/context.ts';
export type { TextStream } from './cli/terminal.ts';
export type { Comparison, ComparisonRow, Environment } from './compare/comparison.ts';
export { videoFormats, type VideoFormat } from './compare/videos.ts';
