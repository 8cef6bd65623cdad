"""What the browser computes of the log is what Python does, in a real one."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from petitions.log.cosignature import Cosigner, with_cosignatures
from petitions.log.note import Signer
from petitions.log.receipt import Opening, Receipt
from tests.log import reference
from tests.log.test_proof import NOT_A_HASH
from tests.log.vectors import MERKLE, TESSERA
from tests.verifier.world import VKEY, World

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
TESSERA_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

#: Runs a script in which the modules are there by name, with one argument, and returns its value;
#: what a module refuses is returned as "refused: " and why.
Run = Callable[[str, Any], Any]

DRIVER = """async ({script, given}) => {
  const names = ["bytes", "merkle", "note", "leaf", "receipt", "tile", "roll", "manifest"];
  const loaded = await Promise.all(names.map((name) => import(`/static/js/verify/${name}.js`)));
  const modules = Object.fromEntries(names.map((name, place) => [name, loaded[place]]));
  const {fromBase64, VerificationError, UnsupportedError} = modules.bytes;
  const read = (log) => async (path) => {
    const answer = await fetch(`${log}/${path}`, {cache: "no-store"});
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
  };
  const attempt = async (work) => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof VerificationError) return `refused: ${error.message}`;
      if (error instanceof UnsupportedError) return `unsupported: ${error.message}`;
      throw error;
    }
  };
  const AsyncFunction = (async () => {}).constructor;
  const names_ = [...Object.keys(modules), "raw", "read", "attempt", "given"];
  const values = [...Object.values(modules), fromBase64, read, attempt, given];
  return await attempt(() => new AsyncFunction(...names_, script)(...values));
}"""


class _Files(SimpleHTTPRequestHandler):
    def translate_path(self, path: str) -> str:
        """The project's static files, and a log."""
        if path.startswith("/static/"):
            return str(ROOT / path[1:])
        return super().translate_path(path)

    def do_GET(self) -> None:
        if self.path == "/":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><link rel=icon href=data:><title>Verify</title>")
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.sign("Ada Lovelace", role="=Analyst")
    world.sign("Žofie 请", tier="work_domain", affiliation='Acme, "Inc"')
    world.publish()
    return world


@pytest.fixture
def page(world: World, browser: Browser) -> Iterator[Page]:
    handler = partial(_Files, directory=world.folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        yield page
        page.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def run(page: Page) -> Run:
    def run(script: str, given: Any) -> Any:
        return page.evaluate(DRIVER, {"script": script, "given": given})

    return run


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def test_proofs_are_judged_as_by_the_public_library(run: Run) -> None:
    inclusion = json.loads((MERKLE / "inclusion.json").read_text())
    consistency = json.loads((MERKLE / "consistency.json").read_text())
    script = """
      const {inclusion, consistency} = given;
      const judged = [];
      const number = (text) => BigInt.asUintN(64, BigInt(text));
      for (const each of inclusion) {
        judged.push(await attempt(() => merkle.verifyInclusion(raw(each.leafHash),
          number(each.leafIdx), number(each.treeSize), each.proof.map(raw), raw(each.root))));
      }
      for (const each of consistency) {
        judged.push(await attempt(() => merkle.verifyConsistency(number(each.size1),
          number(each.size2), each.proof.map(raw), raw(each.root1), raw(each.root2))));
      }
      return judged.map((each) => each === undefined);
    """
    cases = [*inclusion, *consistency]
    for case in cases:
        case["proof"] = case["proof"] or []
        # The numbers are larger than JavaScript's own.
        case |= {key: str(value) for key, value in case.items() if type(value) is int}
    accepted = run(script, {"inclusion": inclusion, "consistency": consistency})
    assert accepted == [not (case["wantErr"] or case["case"] == NOT_A_HASH) for case in cases]
    assert (len(accepted), sum(accepted)) == (196, 11)


def test_consistency_proof_with_any_byte_changed_is_refused(run: Run) -> None:
    leaves = [bytes([number]) for number in range(11)]
    roots = [reference.root(leaves[:6]), reference.root(leaves)]
    whole = b"".join([*roots, *reference.consistency(6, leaves)])
    script = """
      const whole = raw(given);
      const verify = (changed) => {
        const hashes = [];
        for (let at = 0; at < changed.length; at += 32) hashes.push(changed.slice(at, at + 32));
        const [old, root, ...proof] = hashes;
        return attempt(() => merkle.verifyConsistency(6n, 11n, proof, old, root));
      };
      const results = [await verify(whole)];
      for (let place = 0; place < whole.length; place += 1) {
        const changed = whole.slice();
        changed[place] ^= 1;
        results.push(await verify(changed));
      }
      return results.map((each) => each === undefined);
    """
    assert run(script, encoded(whole)) == [True, *[False] * len(whole)]


def test_checkpoints_of_the_public_log_are_opened(run: Run) -> None:
    notes = [(TESSERA / f"checkpoint.{size}").read_text() for size in range(16)]
    script = """
      const key = await note.readKey(given.key);
      const heads = [];
      for (const each of given.notes) heads.push(await note.openCheckpoint(each, key));
      return heads.map((head) => [head.origin, String(head.size), bytes.toBase64(head.rootHash)]);
    """
    assert run(script, {"key": TESSERA_KEY, "notes": notes}) == [
        note.split("\n")[:3] for note in notes
    ]


def receipt_of(world: World, cosigner: Cosigner | None = None) -> bytes:
    raw = world.receipt(3).read_bytes()
    if cosigner is None:
        return raw
    receipt = Receipt.decode(raw)
    line = cosigner.cosign(receipt.checkpoint, 1_800_000_000).encoded()
    checkpoint = with_cosignatures(receipt.checkpoint, line, cosigner.witness)
    return Receipt(3, receipt.proof, checkpoint, receipt.extra).encoded()


CHECK_RECEIPT = """
  const key = await note.readKey(given.key);
  const witnesses = await Promise.all(
    given.witnesses.map((each) => note.readKey(each, note.COSIGNATURE_V1)));
  const check = async (each) => {
    const {index, head, leaf, record, witnessed} =
      await receipt.checkReceipt(raw(each), key, witnesses);
    const saw = witnessed.map(({name, at}) => [name, String(at)]);
    return [String(index), String(head.size), leaf.kind, record?.name ?? null, saw];
  };
  return await Promise.all(given.receipts.map((each) => attempt(() => check(each))));
"""


def check_receipts(run: Run, *receipts: bytes, witnesses: tuple[str, ...] = ()) -> Any:
    given = {"key": VKEY, "witnesses": witnesses, "receipts": list(map(encoded, receipts))}
    return run(CHECK_RECEIPT, given)


def test_receipt_that_is_right_says_whose_it_is(world: World, run: Run) -> None:
    right = ["3", "4", "work_domain", "Žofie 请", []]
    assert check_receipts(run, receipt_of(world)) == [right]


def test_receipt_without_a_record_is_right(world: World, run: Run) -> None:
    receipt = Receipt.decode(receipt_of(world))
    opening = Opening.decode(receipt.extra)
    extra = Opening(opening.salt, opening.leaf).encoded()
    raw = Receipt(3, receipt.proof, receipt.checkpoint, extra).encoded()
    assert check_receipts(run, raw) == [["3", "4", "work_domain", None, []]]


def test_receipt_shows_its_witnesses(world: World, run: Run) -> None:
    cosigner = Cosigner(Signer("witness.example/w1", bytes(32)))
    other = Cosigner(Signer("witness.example/w2", bytes(32))).witness.encoded()
    vkeys = (cosigner.witness.encoded(), other)
    [result] = check_receipts(run, receipt_of(world, cosigner), witnesses=vkeys)
    assert result[-1] == [["witness.example/w1", "1800000000"]]


def test_receipt_with_any_byte_changed_or_missing_is_refused(world: World, run: Run) -> None:
    whole = receipt_of(world)
    changed = [
        whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :]
        for place in range(len(whole))
    ]
    missing = [whole[:place] + whole[place + 1 :] for place in range(len(whole))]
    results = check_receipts(run, *changed, *missing)
    assert len(results) == 2 * len(whole)
    assert [each for each in results if not str(each).startswith("refused: ")] == []


def test_receipt_of_another_key_is_refused(world: World, run: Run) -> None:
    given = {
        "key": Signer("example.org/log", bytes(32)).verifier.encoded(),
        "witnesses": [],
        "receipts": [encoded(receipt_of(world))],
    }
    assert run(CHECK_RECEIPT, given) == ["refused: the note has no signature by example.org/log"]


@pytest.mark.parametrize("key", ["", "a+b", VKEY.replace("example", "elsewhere"), f"{VKEY}A"])
def test_key_that_is_damaged_is_refused(run: Run, key: str) -> None:
    assert run("return await note.readKey(given)", key).startswith("refused: ")


CHECK_ROLL = """
  const key = await note.readKey(given.key);
  const fetched = read("/log");
  const head = await note.openCheckpoint(bytes.fromUtf8(await fetched("checkpoint")), key);
  const entries = new tile.Entries(head, fetched);
  const rows = roll.readRoll(raw(given.roll));
  return await roll.checkRoll(rows, entries, await roll.goneOf(entries));
"""


def check_roll(run: Run, raw: bytes) -> Any:
    return run(CHECK_ROLL, {"key": VKEY, "roll": encoded(raw)})


def test_roll_is_compared_with_the_log(world: World, run: Run) -> None:
    assert check_roll(run, world.roll([3, 2]).read_bytes()) == ["counts", "counts"]
    assert check_roll(run, json.dumps(world.rows([2, 3])).encode()) == ["counts", "counts"]
    defused = world.roll([3, 2], role="'=Analyst").read_bytes()
    assert check_roll(run, defused) == ["counts", "counts"]
    for changes in ({"name": "Eve"}, {"log_index": "1"}, {"log_index": "3"}, {"log_index": "99"}):
        assert check_roll(run, world.roll([3, 2], **changes).read_bytes()) == ["counts", "wrong"]
    assert check_roll(run, world.roll([3, 2], salt="").read_bytes()) == ["counts", "closed"]
    world.end(2)
    world.publish()
    assert check_roll(run, world.roll([2, 3]).read_bytes()) == ["withdrawn", "counts"]


@pytest.mark.parametrize("size", [256, 257, 600])
def test_log_of_several_tiles_is_read(world: World, run: Run, size: int) -> None:
    indexes = [world.sign(f"Signer {number}") for number in range(size - 4)]
    world.publish()
    chosen = [indexes[0], indexes[-1], indexes[len(indexes) // 2]]
    assert check_roll(run, world.roll(chosen).read_bytes()) == ["counts"] * 3


@pytest.mark.parametrize("path", ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"])
def test_log_with_a_damaged_file_is_refused(world: World, run: Run, path: str) -> None:
    indexes = [world.sign(f"Signer {number}") for number in range(300)]
    world.publish()
    file = world.log / path
    raw = file.read_bytes()
    roll = world.roll(indexes[:1]).read_bytes()
    for damaged in (raw[:-1] + bytes([raw[-1] ^ 1]), raw[:-1], b""):
        file.write_bytes(damaged)
        assert check_roll(run, roll).startswith("refused: ")
    file.write_bytes(raw)
    assert check_roll(run, roll) == ["counts"]


CHECK_BATCH = """
  const key = await note.readKey(given.key);
  const checked = await manifest.checkManifest(raw(given.manifest), key);
  for (const [name, content] of Object.entries(given.documents)) {
    await manifest.checkDocument(checked.manifest, name, raw(content));
  }
  return [checked.sha256, String(checked.end.size), checked.isContinued];
"""


def test_manifest_and_its_documents_are_checked(world: World, run: Run) -> None:
    folder, manifest = world.batch([3], start=3)
    documents = {name: encoded((folder / name).read_bytes()) for name in ("letter.pdf", "roll.csv")}

    def check(manifest: dict[str, Any], documents: dict[str, str]) -> Any:
        raw = encoded(json.dumps(manifest).encode())
        return run(CHECK_BATCH, {"key": VKEY, "manifest": raw, "documents": documents})

    assert check(manifest, documents)[1:] == ["4", True]
    assert check(manifest, {"letter.pdf": ""}).startswith("refused: letter.pdf is not the one")
    assert check(manifest, {"other": ""}).startswith("refused: the manifest names no document")
    log = manifest["log"]
    changes: list[dict[str, object]] = [
        {"consistency": []},
        {"entries": [0, 4]},
        {"origin": "example.com"},
        {"to": log["to"] | {"size": 3}},
        {"to": log["to"] | {"note": "x"}},
        {"to": None},
    ]
    for change in changes:
        assert check(manifest | {"log": log | change}, documents).startswith("refused: ")


def test_page_without_https_is_told_what_is_missing(page: Page) -> None:
    """A browser gives its cryptography to secure pages only."""
    page.goto("about:blank")
    page.goto(page.url)
    source = (ROOT / "static/js/verify/bytes.js").read_text()
    script = """async (source) => {
      Object.defineProperty(globalThis, "crypto", {value: {}});
      const {sha256, UnsupportedError} = await import(`data:text/javascript,${encodeURIComponent(source)}`);
      return sha256(new Uint8Array()).catch((error) => [error instanceof UnsupportedError, error.message]);
    }"""
    assert page.evaluate(script, source) == [
        True,
        "This browser only checks pages that were opened over https.",
    ]
