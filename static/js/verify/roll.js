// Rolls as CSV or JSON, compared with the log, as in verifier/check_roll.py.

import { fromBase64, fromDecimal, fromUtf8, VerificationError } from "./bytes.js";
import { opens, readLeaf, readSignatureLeaf, recordOf } from "./leaf.js";

const RECORD = ["name", "role", "affiliation"];
// What the server puts before a formula, so that no spreadsheet runs it.
const DEFUSED = /(^|[;|])([\s"]*)'(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/gu;

/** Return the lines of a roll as objects, each cell a string. */
export function readRoll(raw) {
  const text = fromUtf8(raw).replace(/^\ufeff/, "");
  const rows = /^\s*[[{]/.test(text) ? readJson(text) : readCsv(text);
  for (const row of rows) {
    const missing = ["log_index", ...RECORD].filter((column) => !(column in row));
    if (missing.length) throw new VerificationError(`the roll has no column ${missing.join(", ")}`);
  }
  return rows;
}

/**
 * Return what the log says of each line: "counts", "withdrawn", "closed" (it has no salt) or
 * "wrong".
 *
 * `entries` is an Entries; `gone` a set of indexes of signatures that were withdrawn or removed.
 */
export async function checkRoll(rows, entries, gone) {
  const seen = new Set();
  const found = [];
  for (const row of rows) {
    const index = Number(fromDecimal(row.log_index));
    found.push(seen.has(index) ? "wrong" : await checkLine(row, index, entries, gone));
    seen.add(index);
  }
  return found;
}

/** Return the indexes of all signatures that an entry of the log says are withdrawn or removed. */
export async function goneOf(entries) {
  const gone = new Set();
  for (let number = 0; number * 256 < entries.size; number += 1) {
    for (const entry of await entries.bundle(number)) {
      const leaf = knownLeaf(entry);
      if (leaf?.type === "withdraw" || leaf?.type === "remove") gone.add(leaf.index);
    }
  }
  return gone;
}

async function checkLine(row, index, entries, gone) {
  const entry = await entries.at(index);
  const leaf = entry && knownLeaf(entry);
  if (leaf?.type !== "sign") return "wrong";
  if (!row.salt) return "closed";
  const [signature, salt] = [readSignatureLeaf(entry), fromBase64(row.salt)];
  for (const record of recordsOf(row)) {
    if (await opens(signature, salt, record)) return gone.has(index) ? "withdrawn" : "counts";
  }
  return "wrong";
}

function knownLeaf(entry) {
  try {
    return readLeaf(entry);
  } catch (error) {
    if (error instanceof VerificationError) return null;
    throw error;
  }
}

/** Yield what the record may have been before the cells were made safe for spreadsheets. */
function* recordsOf(row, columns = RECORD, chosen = {}) {
  const [column, ...rest] = columns;
  if (column === undefined) {
    yield recordOf(chosen);
    return;
  }
  for (const cell of new Set([row[column], row[column].replace(DEFUSED, "$1$2")])) {
    yield* recordsOf(row, rest, { ...chosen, [column]: cell });
  }
}

function readJson(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new VerificationError("the roll is not JSON");
  }
  const rows = Array.isArray(value) ? value : value?.signatures;
  if (!Array.isArray(rows) || !rows.every((row) => row !== null && typeof row === "object")) {
    throw new VerificationError("the signatures are a list of objects");
  }
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, cell]) => [key, String(cell ?? "")])),
  );
}

function readCsv(text) {
  const [header, ...lines] = csvLines(text);
  return lines.map((cells) => {
    if (cells.length !== header.length) {
      throw new VerificationError("a line has more or fewer cells than there are columns");
    }
    return Object.fromEntries(header.map((column, place) => [column, cells[place]]));
  });
}

/** Read RFC 4180. */
function csvLines(text) {
  const lines = [];
  let cells = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  while (cell.lastIndex < text.length || cells.length) {
    const found = cell.exec(text);
    if (!found) throw new VerificationError("the roll is not CSV");
    cells.push(found[1]?.replaceAll('""', '"') ?? found[2]);
    if (found[3] !== ",") {
      lines.push(cells);
      cells = [];
    }
  }
  return lines;
}
