/**
 * Cuts a text into pieces of at most `unitsMax` UTF-16 code units, at line ends where there are any near, else at a space,
 * else anywhere but inside a surrogate pair. The pieces hold the whole text but for the line end or space at each cut.
 */
export function splitText(text: string, unitsMax: number): readonly string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > unitsMax) {
    const cut = findCut(rest, unitsMax);
    pieces.push(rest.slice(0, cut));
    rest = rest.slice(/[\n ]/.test(rest.charAt(cut)) ? cut + 1 : cut);
  }
  return [...pieces, rest];
}

/** A cut in the first half would waste most of a message, so a long line is cut inside. */
function findCut(text: string, unitsMax: number): number {
  for (const separator of ['\n', ' ']) {
    const cut = text.lastIndexOf(separator, unitsMax);
    if (cut >= unitsMax / 2) return cut;
  }
  return isLowSurrogate(text.charCodeAt(unitsMax)) ? unitsMax - 1 : unitsMax;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
