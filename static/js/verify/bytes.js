// Base64, hex, UTF-8 and decimals as the formats of the log want them: one way to write each value.
// The same rules as petitions/log/encoding.py.

/** Something is not what it says it is; the message says why, in English. */
export class VerificationError extends Error {}

/** This browser lacks what checking needs; that says nothing about what was to be checked. */
export class UnsupportedError extends Error {}

export const HASH_SIZE = 32;
const MAX_NUMBER = (1n << 63n) - 1n;

export function toBase64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function fromBase64(text) {
  let decoded;
  try {
    decoded = atob(text);
  } catch {
    throw new VerificationError(`not base64: ${JSON.stringify(text)}`);
  }
  const bytes = Uint8Array.from(decoded, (character) => character.charCodeAt(0));
  // atob takes spaces, missing padding and stray bits as well.
  if (toBase64(bytes) !== text) {
    throw new VerificationError(`not base64 as RFC 4648 writes it: ${JSON.stringify(text)}`);
  }
  return bytes;
}

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text) {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new VerificationError(`not hexadecimal: ${text}`);
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Return the number in ASCII digits, without leading zeroes, as a BigInt. */
export function fromDecimal(text) {
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(text) || BigInt(text) > MAX_NUMBER) {
    throw new VerificationError(`not a number without leading zeroes: ${text.slice(0, 40)}`);
  }
  return BigInt(text);
}

export function fromUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new VerificationError("not valid UTF-8");
  }
}

export function toUtf8(text) {
  return new TextEncoder().encode(text);
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

export function equal(one, other) {
  return one.length === other.length && one.every((byte, place) => byte === other[place]);
}

/** Return SHA-256 of bytes, from the browser itself. */
export async function sha256(bytes) {
  return new Uint8Array(await subtle().digest("SHA-256", bytes));
}

/** The browser's cryptography, which it gives to pages over https (or from this machine) only. */
export function subtle() {
  if (!globalThis.crypto?.subtle) {
    throw new UnsupportedError("This browser only checks pages that were opened over https.");
  }
  return globalThis.crypto.subtle;
}
