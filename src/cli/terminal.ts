import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Where the command line reads and writes. */
export interface Terminal {
  readonly interactive: boolean;
  out(text: string): void;
  err(text: string): void;
  /** Asks without showing what is typed. */
  askSecret(question: string): Promise<string>;
  /** All of standard input. */
  readAll(): Promise<string>;
}

export const processTerminal: Terminal = {
  interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  async askSecret(question) {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    process.stderr.write(question);
    const prompt = createInterface({ input: process.stdin, output: nowhere, terminal: true });
    try {
      return (await prompt.question('')).trim();
    } finally {
      prompt.close();
      process.stderr.write('\n');
    }
  },
  async readAll() {
    let text = '';
    process.stdin.setEncoding('utf8');
    for await (const chunk of process.stdin) {
      text += chunk;
      if (text.length > 1_000_000) throw new Error('Standard input is longer than a megabyte.');
    }
    return text;
  },
};
