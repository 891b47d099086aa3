/** What one check found. `advice` says what to do about it. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'failure';
  readonly check: string;
  readonly detail: string;
  readonly advice?: string;
}

export function fine(check: string, detail: string): Finding {
  return { level: 'ok', check, detail };
}

export function warn(check: string, detail: string, advice: string): Finding {
  return { level: 'warning', check, detail, advice };
}

export function fail(check: string, detail: string, advice: string): Finding {
  return { level: 'failure', check, detail, advice };
}

const MARKS = { ok: '✓', warning: '!', failure: '✗' } as const;

export function describeFindings(findings: readonly Finding[]): string {
  return findings
    .map(({ level, check, detail, advice }) => {
      const [first = '', ...more] = detail.split('\n');
      const lines = [`${MARKS[level]} ${check}: ${first}`, ...more, ...(advice === undefined ? [] : [`→ ${advice}`])];
      return lines.map((line, index) => (index === 0 ? line : `    ${line}`)).join('\n');
    })
    .join('\n');
}
