/** Of a certificate's subject what tells who it is. Null where the subject has none, or more than one. */
export interface Subject {
  readonly commonName: string | null;
  readonly organization: string | null;
}

const TEXT_MAX = 2_048;
/** One `TYPE=value` of RFC 4514: the value quoted (as older tools write it), or with `\,` or `\2C` for what has a meaning. */
const ATTRIBUTE = /\s*([A-Za-z][A-Za-z0-9.-]*|\d+(?:\.\d+)*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|((?:[^\\,+;"]|\\.)*?))\s*(?:[,+;]|$)/sy;

/**
 * Reads a distinguished name as proxies pass it on: RFC 4514 (nginx `$ssl_client_s_dn`, Caddy) or with quotes and blanks
 * (`CN = "…", O = …`). Null for anything that is not one from end to end.
 */
export function readSubject(text: string): Subject | null {
  if (text === '' || text.length > TEXT_MAX) return null;
  const found = new Map<string, string[]>();
  for (let at = 0; at < text.length; at = ATTRIBUTE.lastIndex) {
    ATTRIBUTE.lastIndex = at;
    const match = ATTRIBUTE.exec(text);
    if (!match) return null;
    const [, type = '', quoted, plain = ''] = match;
    const values = found.get(type.toUpperCase()) ?? [];
    found.set(type.toUpperCase(), [...values, unescaped(quoted ?? plain)]);
  }
  return { commonName: only(found.get('CN')), organization: only(found.get('O')) };
}

function only(values: readonly string[] | undefined): string | null {
  return values?.length === 1 ? (values[0] ?? null) : null;
}

/** `\2C` is a byte of UTF-8, any other `\x` stands for x itself. */
function unescaped(value: string): string {
  return value.replace(/(?:\\[0-9A-Fa-f]{2})+|\\(.)/gs, (all, single: string | undefined) =>
    single === undefined ? Buffer.from(all.replaceAll('\\', ''), 'hex').toString('utf8') : single,
  );
}
