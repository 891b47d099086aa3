import { generate } from 'selfsigned';

export interface Identity {
  readonly cert: string;
  readonly key: string;
}

const EC = { keyType: 'ec', algorithm: 'sha256' } as const;

type Field = { readonly name?: string; readonly shortName?: string; readonly value: string };

/** A certificate authority of its own, in memory. */
export async function createAuthority(commonName: string): Promise<Identity> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    ...EC,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** For localhost and 127.0.0.1, unless the names say otherwise. */
export async function serverCertificate(authority: Identity, names: readonly string[] = ['localhost']): Promise<Identity> {
  const made = await generate([{ name: 'commonName', value: names[0] ?? '' }], {
    ...EC,
    ca: authority,
    extensions: [
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          ...(names.includes('localhost') ? [{ type: 7 as const, ip: '127.0.0.1' }] : []),
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** Like TradingView's, unless told otherwise. */
export async function clientCertificate(
  authority: Identity,
  more: {
    readonly subject?: readonly Field[];
    readonly notAfterDate?: Date;
    readonly notBeforeDate?: Date;
    readonly forServers?: boolean;
  } = {},
): Promise<Identity> {
  const { subject = TRADINGVIEW_SUBJECT, forServers = false, ...dates } = more;
  const usage = forServers ? { serverAuth: true } : { clientAuth: true };
  // The library writes the fields into one text and reads that, so a comma needs its escape.
  const fields = subject.map((field) => ({ ...field, value: field.value.replaceAll(',', '\\,') }));
  const made = await generate(fields, { ...EC, ...dates, ca: authority, extensions: [{ name: 'extKeyUsage', ...usage }] });
  return { cert: made.cert, key: made.private };
}

export const TRADINGVIEW_SUBJECT: readonly Field[] = [
  { name: 'commonName', value: 'TradingView Webhooks' },
  { name: 'organizationName', value: 'TradingView, Inc.' },
];
