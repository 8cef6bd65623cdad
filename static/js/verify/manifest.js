// The manifest of a delivered batch and its documents, as in verifier/check_batch.py.

import {
  equal, fromBase64, fromUtf8, sha256, toHex, VerificationError,
} from "./bytes.js";
import { verifyConsistency } from "./merkle.js";
import { openCheckpoint } from "./note.js";

const FORMAT = "undersigned-batch/1";

/**
 * Check a manifest's bytes with the key of its log.
 *
 * Returns its SHA-256 in hex, which an entry of the log binds, the tree heads from (or null) and to,
 * whether it proves that the one continues the other, and the manifest itself.
 */
export async function checkManifest(raw, key) {
  const manifest = readManifest(raw);
  const { from: first, to, entries, origin, consistency } = manifest.log;
  const end = await headOf(to, key);
  const start = first === null ? null : await headOf(first, key);
  const said = [Number(start?.size ?? 0), Number(end.size)];
  if (origin !== end.origin || String(entries) !== String(said) || said[0] >= said[1]) {
    throw new VerificationError("the manifest says other entries than its checkpoints");
  }
  const isContinued = start !== null && consistency !== undefined;
  if (isContinued) {
    const proof = consistency.map(fromBase64);
    await verifyConsistency(start.size, end.size, proof, start.rootHash, end.rootHash);
  }
  return { sha256: toHex(await sha256(raw)), start, end, isContinued, manifest };
}

/** Check that bytes are the document that the manifest means by this name. */
export async function checkDocument(manifest, name, content) {
  const document = manifest.documents.find((each) => each?.name === name);
  if (!document) throw new VerificationError(`the manifest names no document ${name}`);
  if (content.length !== document.bytes || toHex(await sha256(content)) !== document.sha256) {
    throw new VerificationError(`${name} is not the one of the manifest`);
  }
}

function readManifest(raw) {
  let manifest;
  try {
    manifest = JSON.parse(fromUtf8(raw));
  } catch {
    throw new VerificationError("the manifest is not JSON");
  }
  const isWhole =
    manifest?.format === FORMAT &&
    typeof manifest.log?.to?.note === "string" &&
    (manifest.log.from === null || typeof manifest.log.from?.note === "string") &&
    (manifest.log.consistency === undefined || Array.isArray(manifest.log.consistency)) &&
    Array.isArray(manifest.documents);
  if (!isWhole) throw new VerificationError(`not a manifest of the format ${FORMAT}`);
  return manifest;
}

async function headOf(checkpoint, key) {
  const head = await openCheckpoint(checkpoint.note, key);
  const said = fromBase64(String(checkpoint.root_hash));
  if (String(checkpoint.size) !== String(head.size) || !equal(said, head.rootHash)) {
    throw new VerificationError("the manifest says another tree than its signed checkpoint");
  }
  return head;
}
