import { expect, it } from 'vitest';
import { COMMANDS } from './commands/all.ts';
import { runCli } from './signalman.ts';
import type { Terminal } from './terminal.ts';

function capture(): Terminal & { shown: string[]; complained: string[] } {
  const shown: string[] = [];
  const complained: string[] = [];
  return {
    shown,
    complained,
    interactive: false,
    out: (text) => void shown.push(text),
    err: (text) => void complained.push(text),
    askSecret: async () => '',
    readAll: async () => '',
  };
}

it('lists every command, and explains each one by name', async () => {
  const terminal = capture();
  expect(await runCli(['help'], {}, terminal)).toBe(0);
  for (const { name, usage } of COMMANDS) {
    expect(terminal.shown[0]).toContain(name);
    const own = capture();
    expect(await runCli([...name.split(' '), '--help'], {}, own)).toBe(0);
    expect(own.shown[0]).toContain(`signalman ${name} ${usage}`.trimEnd());
  }
});

it('explains a group of commands by --help, too', async () => {
  const terminal = capture();
  expect(await runCli(['hook', '--help'], {}, terminal)).toBe(0);
  expect(terminal.shown[0]).toContain('signalman hook rotate');
});

it('names every wrong setting of a start, a PORT that is none among them', async () => {
  const terminal = capture();
  expect(await runCli(['start'], { PORT: 'abc', LOG_LEVEL: 'loud' }, terminal)).toBe(1);
  expect(terminal.complained.join()).toMatch(/2 settings are wrong[\s\S]*PORT is "abc"[\s\S]*LOG_LEVEL is "loud"/);
});

it.each([
  [['hok', 'create'], 'There is no command "hok"'],
  [['hook'], 'signalman hook create|list|rotate|revoke: say which.'],
  [['hook', 'create'], 'Usage: signalman hook create <name>'],
  [['hook', 'create', 'a', 'b'], 'Usage: signalman hook create <name>'],
  [['hook', 'create', 'a'], 'Say where its orders go'],
  [['order', 'list', '--opne'], "Unknown option '--opne'. Usage: signalman order list"],
  [['--url', 'http://x', 'order', 'list'], 'Options come after the command'],
  [['order', 'list', '--url', 'ftp://x'], 'is not an http(s) URL'],
  [['account', 'add', 'main', '--venue', 'binance'], 'No credentials'],
])('%j is called wrongly: exit code 2 and one line that says how', async (argv, line) => {
  const terminal = capture();
  expect(await runCli(argv, { ADMIN_API_TOKEN: 't' }, terminal)).toBe(2);
  expect(terminal.complained.join()).toContain(line);
  expect(terminal.shown).toEqual([]);
});

it('complains in JSON when asked for JSON', async () => {
  const terminal = capture();
  expect(await runCli(['hok', '--json'], {}, terminal)).toBe(2);
  expect(JSON.parse(terminal.shown[0] ?? '')).toMatchObject({ code: 'USAGE' });
});

it('says how to get a token when there is none', async () => {
  const terminal = capture();
  expect(await runCli(['hook', 'list'], { DATA_DIR: '/nonexistent' }, terminal)).toBe(1);
  expect(terminal.complained[0]).toContain('/nonexistent/admin-token is not there');
});
