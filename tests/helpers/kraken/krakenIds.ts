const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Ids of 1 + 5, 5 and 6 characters; the first says what is named: O an order, T a trade, L an entry of the ledger. */
function idOf(kind: 'O' | 'T' | 'L', number: number): string {
  let text = '';
  for (let rest = number; text.length < 16; rest = Math.floor(rest / 32)) text = `${ALPHABET[rest % 32]}${text}`;
  return `${kind}${text.slice(0, 5)}-${text.slice(5, 10)}-${text.slice(10)}`;
}

export const orderTxid = ({ orderId }: { readonly orderId: number }): string => idOf('O', orderId);
export const tradeTxid = ({ id }: { readonly id: number }): string => idOf('T', id);
export const ledgerId = (number: number): string => idOf('L', number);

/** What is no id of an order at all. */
export const isTxid = (text: string): boolean => /^O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}$/.test(text);
