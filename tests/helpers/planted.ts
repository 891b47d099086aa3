/** Secrets with known values, by the name a failure calls them. */
export type Planted = Readonly<Record<string, string>>;

/** How far base64 of something shifts what follows it: characters that still depend on what stood before. */
const SHIFTED = [0, 2, 3] as const;

/** The text as it looks inside a longer base64 text, at each of the three offsets it may have there. */
function insideBase64(value: string): string[] {
  return SHIFTED.map((skip, offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    const whole = Math.floor(bytes.length / 3) * 4;
    return bytes.toString('base64').slice(skip, whole);
  });
}

/** Everything a secret may look like in a text, by the name of the form. */
export function formsOf(value: string): ReadonlyMap<string, readonly string[]> {
  const base64 = insideBase64(value);
  const bytes = Buffer.from(value);
  return new Map([
    ['plain', [value]],
    ['reversed', [[...value].reverse().join('')]],
    ['in JSON', [JSON.stringify(value).slice(1, -1)]],
    ['in a row of Postgres', [value.replaceAll('\\', '\\\\').replaceAll('"', '""')]],
    ['in a URL', [encodeURIComponent(value), encodeURI(value), new URLSearchParams({ v: value }).toString().slice(2)]],
    ['in base64', [...base64, ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))]],
    ['in hex', [bytes.toString('hex'), bytes.toString('hex').toUpperCase()]],
    // A key that is itself base64 may turn up as its bytes.
    ['its bytes in hex', /^[A-Za-z0-9+/]{43}=$/.test(value) ? [Buffer.from(value, 'base64').toString('hex')] : []],
  ]);
}

/** Which secrets the text holds, and in which form. */
export function leaksIn(text: string, planted: Planted): string[] {
  return Object.entries(planted).flatMap(([name, value]) =>
    [...formsOf(value)].flatMap(([form, shapes]) => (shapes.some((shape) => text.includes(shape)) ? [`${name} (${form})`] : [])),
  );
}
