declare module '*?url' {
  const address: string;
  export { address as default };
}

declare module '*?raw' {
  const text: string;
  export { text as default };
}

declare module '*.css?inline' {
  const text: string;
  export { text as default };
}
