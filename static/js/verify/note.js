// Signed notes (https://c2sp.org/signed-note), checkpoints (https://c2sp.org/tlog-checkpoint) and
// cosignatures (https://c2sp.org/tlog-cosignature), as in petitions/log/note.py and its neighbours.

import {
  concat, equal, fromBase64, fromDecimal, HASH_SIZE, sha256, subtle, toUtf8, UnsupportedError,
  VerificationError,
} from "./bytes.js";
import { emptyRoot } from "./merkle.js";

export const ED25519 = 0x01;
export const COSIGNATURE_V1 = 0x04;
const MAX_SIGNATURES = 64;
const NAME = /^[^\s+\u0000-\u001f\u007f]+$/u;

/** Read a vkey of this algorithm, `<name>+<key ID>+<base64>`. */
export async function readKey(vkey, algorithm = ED25519) {
  const [, name, id, encoded] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(vkey.trim()) ?? [];
  if (name === undefined || !NAME.test(name)) {
    throw new VerificationError("a key has three parts joined by +: name, key ID, key");
  }
  const raw = fromBase64(encoded);
  if (raw.length !== 33 || raw[0] !== algorithm) {
    throw new VerificationError(`not an Ed25519 key of the kind 0x0${algorithm}`);
  }
  const digest = await sha256(concat(toUtf8(`${name}\n`), raw));
  const keyId = digest.slice(0, 4);
  const said = Uint8Array.from(id.match(/../g), (pair) => Number.parseInt(pair, 16));
  if (!equal(keyId, said)) {
    throw new VerificationError(`the key ID ${id} is not the one of this name and key`);
  }
  return { name, algorithm, keyId, publicKey: raw.slice(1) };
}

/** Read the form of a note; nothing is verified yet. */
export function readNote(note) {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0) throw new VerificationError("a note has an empty line before its signatures");
  const text = note.slice(0, cut + 1);
  const signatures = note.slice(cut + 2);
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note) || !note.isWellFormed()) {
    throw new VerificationError("the text of a note has no control characters");
  }
  if (!signatures.endsWith("\n")) throw new VerificationError("a note ends in a newline");
  const lines = signatures.slice(0, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) throw new VerificationError("a note with very many signatures");
  return { text, signatures: lines.map(readSignature) };
}

/** Return whether the key signed the note. A signature that says so and is wrong is an error. */
export async function isSignedBy(note, key) {
  const own = note.signatures.filter(
    (line) => line.name === key.name && equal(line.keyId, key.keyId),
  );
  for (const line of own) {
    if (!(await fits(note.text, line.signature, key))) {
      throw new VerificationError(`the signature by ${key.name} does not fit the text`);
    }
  }
  return own.length > 0;
}

/** Read a checkpoint that the log with this key signed: its origin, size and root hash. */
export async function openCheckpoint(checkpoint, key) {
  const note = readNote(checkpoint);
  if (!(await isSignedBy(note, key))) {
    throw new VerificationError(`the note has no signature by ${key.name}`);
  }
  const head = await readTreeHead(note.text);
  if (head.origin !== key.name) {
    throw new VerificationError(`the checkpoint is of another log: ${head.origin}`);
  }
  return head;
}

/** Return those of the witnesses that cosigned a checkpoint, and when (POSIX time, a BigInt). */
export async function cosignatures(checkpoint, witnesses) {
  const note = readNote(checkpoint);
  const found = [];
  for (const witness of witnesses) {
    if (await isSignedBy(note, witness)) {
      const times = note.signatures
        .filter((line) => line.name === witness.name && equal(line.keyId, witness.keyId))
        .map((line) => secondsOf(line.signature));
      found.push({ name: witness.name, at: times.reduce((one, two) => (one > two ? one : two)) });
    }
  }
  return found;
}

async function readTreeHead(text) {
  const lines = text.slice(0, -1).split("\n");
  if (lines.length < 3 || !lines.every(Boolean)) {
    throw new VerificationError("a checkpoint has at least three lines, none empty");
  }
  const head = { origin: lines[0], size: fromDecimal(lines[1]), rootHash: fromBase64(lines[2]) };
  if (head.rootHash.length !== HASH_SIZE) {
    throw new VerificationError(`a root hash has ${HASH_SIZE} bytes`);
  }
  if (head.size === 0n && !equal(head.rootHash, await emptyRoot())) {
    throw new VerificationError("the root hash is not the one of an empty log");
  }
  return head;
}

function readSignature(line) {
  const [, name, encoded] = /^\u2014 (\S+) (\S+)$/u.exec(line) ?? [];
  if (name === undefined || !NAME.test(name)) {
    throw new VerificationError(`not a signature line: ${line}`);
  }
  const raw = fromBase64(encoded);
  if (raw.length < 5) throw new VerificationError(`too short for a signature: ${line}`);
  return { name, keyId: raw.slice(0, 4), signature: raw.slice(4) };
}

function secondsOf(signature) {
  const seconds = signature.length === 72 ? new DataView(signature.buffer).getBigUint64(0) : -1n;
  if (seconds < 0n || seconds >= 1n << 63n) {
    throw new VerificationError("a cosignature is a time below 2**63 and 64 bytes");
  }
  return seconds;
}

async function fits(text, signature, key) {
  if (key.algorithm === COSIGNATURE_V1) {
    const message = `cosignature/v1\ntime ${secondsOf(signature)}\n${text}`;
    return verifyEd25519(message, signature.slice(8), key.publicKey);
  }
  return verifyEd25519(text, signature, key.publicKey);
}

async function verifyEd25519(message, signature, publicKey) {
  const cryptography = subtle();
  try {
    const key = await cryptography.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    return await cryptography.verify("Ed25519", key, signature, toUtf8(message));
  } catch (error) {
    if (error.name !== "NotSupportedError") throw new VerificationError(error.message);
    throw new UnsupportedError(
      "This browser cannot check Ed25519 signatures. Newer versions of Chromium, Firefox and " +
        "Safari can, and so can the command undersigned-verify.",
    );
  }
}
