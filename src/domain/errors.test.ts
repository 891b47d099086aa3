import { describe, expect, it } from 'vitest';
import { REASONS, refuse } from './errors.ts';

function page(): string {
  const rows = Object.entries(REASONS).map(([code, { means, advice }]) => `| \`${code}\` | ${means} | ${advice} |`);
  return `# Reason codes

Every refusal and failure on a signal or an order carries one of these codes. They are stable: build on them, not on the words.
\`npx vitest run --project unit src/domain/errors.test.ts -u\` writes this page from [errors.ts](../src/domain/errors.ts).

| code | means | what to do |
|---|---|---|
${rows.join('\n')}
`;
}

describe('reason codes', () => {
  it('stand in docs/reason-codes.md exactly as in the code', async () => {
    await expect(page()).toMatchFileSnapshot('../../docs/reason-codes.md');
  });

  it('say what is wrong, then what to do', () => {
    expect(refuse('TRADING_HALTED')).toEqual({
      code: 'TRADING_HALTED',
      message: 'Trading is halted. Resume with POST /api/v1/trading/resume.',
    });
    expect(refuse('NO_POSITION', 'Nothing held of BTC/USDT.').message).toMatch(/^Nothing held of BTC\/USDT\. /);
  });
});
