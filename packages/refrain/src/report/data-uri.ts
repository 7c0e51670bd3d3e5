const picture = /^data:image\/(?:gif|webp|png);base64,[A-Za-z0-9+/]+={0,2}$/;

/**
 * Lets through pictures that are inside the page and nothing else: a report never loads anything, and no other kind of
 * address (scripts, SVG with scripts) can get in.
 *
 * @param uri - address of a picture
 * @returns the address, or undefined when it is not a GIF, WebP or PNG as base64
 */
export function pictureSource(uri: string): string | undefined {
  return picture.test(uri) ? uri : undefined;
}
