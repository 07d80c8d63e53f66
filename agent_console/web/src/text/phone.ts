/** Telephone numbers as people type them. */

/** A whole number: 3 to 20 digits, spaces or hyphens between them, perhaps a plus in front. */
export function isWholePhone(text: string): boolean {
  const bare = text.replace(/[ -]/g, '');
  return /^\+?\d{3,20}$/.test(bare);
}
