// Receipts (https://c2sp.org/tlog-proof), as in petitions/log/receipt.py.

import {
  fromBase64, fromDecimal, fromUtf8, HASH_SIZE, toBase64, VerificationError,
} from "./bytes.js";
import { opens, readSignatureLeaf, SALT_SIZE } from "./leaf.js";
import { hashLeaf, verifyInclusion } from "./merkle.js";
import { cosignatures, openCheckpoint } from "./note.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const MAX_SIZE = 1 << 18;
const MAX_PROOF = 63;
const NEWLINE = 0x0a;

/** Read the form of a receipt; there is one way to write each. Nothing is verified yet. */
export function readReceipt(raw) {
  if (raw.length > MAX_SIZE) throw new VerificationError("too large for a receipt");
  const text = fromUtf8(raw);
  const cut = text.indexOf("\n\n");
  const [header, ...lines] = text.slice(0, Math.max(cut, 0)).split("\n");
  if (header !== HEADER || !lines.length) {
    throw new VerificationError(`a receipt begins with ${HEADER}, and has an empty line`);
  }
  const extra = lines[0].startsWith("extra ") ? fromBase64(lines.shift().slice(6)) : fromBase64("");
  const [keyword, decimal] = splitOnce(lines.shift() ?? "");
  if (keyword !== "index") throw new VerificationError("a receipt says the index of its entry");
  const receipt = {
    index: fromDecimal(decimal),
    proof: lines.map(fromBase64),
    checkpoint: text.slice(cut + 2),
    extra,
  };
  if (receipt.proof.length > MAX_PROOF || receipt.proof.some((each) => each.length !== HASH_SIZE)) {
    throw new VerificationError(`a proof is at most ${MAX_PROOF} hashes of ${HASH_SIZE} bytes`);
  }
  if (writeReceipt(receipt) !== text) {
    throw new VerificationError("the receipt is not written as its specification says");
  }
  return receipt;
}

export function writeReceipt({ index, proof, checkpoint, extra }) {
  const extraLine = extra.length ? `extra ${toBase64(extra)}\n` : "";
  const hashes = proof.map((each) => `${toBase64(each)}\n`).join("");
  return `${HEADER}\n${extraLine}index ${index}\n${hashes}\n${checkpoint}`;
}

/** Read `extra`: salt, leaf, and after a newline the record, which may be missing. */
export function readOpening(extra) {
  const cut = extra.indexOf(NEWLINE, SALT_SIZE);
  const end = cut < 0 ? extra.length : cut;
  const opening = {
    salt: extra.slice(0, SALT_SIZE),
    leaf: extra.slice(SALT_SIZE, end),
    record: cut < 0 ? null : extra.slice(end + 1),
  };
  if (opening.salt.length !== SALT_SIZE || opening.record?.length === 0) {
    throw new VerificationError(`extra is a salt of ${SALT_SIZE} bytes, a leaf, and a record`);
  }
  return opening;
}

/**
 * Check a receipt's bytes with the key of its log and with those of witnesses.
 *
 * Returns the entry's index, the tree head, the leaf, the record's fields (null if the receipt does
 * not hold them) and the witnesses that cosigned. Whether the signature was withdrawn later, no
 * receipt can say.
 */
export async function checkReceipt(raw, key, witnesses = []) {
  const receipt = readReceipt(raw);
  const opening = readOpening(receipt.extra);
  const head = await openCheckpoint(receipt.checkpoint, key);
  const leafHash = await hashLeaf(opening.leaf);
  await verifyInclusion(leafHash, receipt.index, head.size, receipt.proof, head.rootHash);
  const leaf = readSignatureLeaf(opening.leaf);
  if (opening.record !== null && !(await opens(leaf, opening.salt, opening.record))) {
    throw new VerificationError("the receipt's record is not the one that was signed");
  }
  const witnessed = await cosignatures(receipt.checkpoint, witnesses);
  return { index: receipt.index, head, leaf, record: readRecord(opening.record), witnessed };
}

function readRecord(record) {
  if (record === null) return null;
  try {
    return JSON.parse(fromUtf8(record));
  } catch {
    throw new VerificationError("the record is not JSON");
  }
}

function splitOnce(line) {
  const cut = line.indexOf(" ");
  return cut < 0 ? [line, ""] : [line.slice(0, cut), line.slice(cut + 1)];
}
