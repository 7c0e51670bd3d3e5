/** Checksums need WebCrypto, which browsers offer on https and on localhost only. */
export const verify: boolean = globalThis.isSecureContext;
