import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { cosignerVkey } from "../../../src/audit/note/cosignature.ts";
import { messageAt } from "../../../src/audit/note/cosigned-message.ts";
import { parseKeyFile, readPublicKeys } from "../../../src/audit/note/public-keys.ts";
import { openReplacement, signReplacement } from "../../../src/audit/note/replacement.ts";
import { openNote, signatureLine, signNote } from "../../../src/audit/note/signed-note.ts";
import { parseVerifierKey } from "../../../src/audit/note/vkey.ts";
import { OpsError } from "../../../src/errors.ts";
import { codeOf, testKey, verifierOf } from "../../support/notes.ts";
import { temporaryFolder } from "../../support/run-commands.ts";

const [first, second, third, stranger] = [1, 2, 3, 4].map((seed) => testKey("example.com/audit", seed)) as [
  ReturnType<typeof testKey>,
  ReturnType<typeof testKey>,
  ReturnType<typeof testKey>,
  ReturnType<typeof testKey>,
];

/** A witness's signature of type 0x04 under a text that is no checkpoint, as only somebody who wants to deceive would make it. */
function cosignAs(key: ReturnType<typeof testKey>, text: string): string {
  const time = Buffer.alloc(8);
  const signature = key.sign(messageAt(Buffer.from(text), 0n));
  return signatureLine(key.name, parseVerifierKey(cosignerVkey(key)).keyId, Buffer.concat([time, signature]));
}

describe("a replacement note", () => {
  const note = signReplacement(first, second);

  test("names both keys and is signed by both", () => {
    expect(note).toStartWith(`custody key replacement v1\n${first.vkey}\n${second.vkey}\n\n— `);
    const { old, replacement } = openReplacement(note);
    expect([old.vkey, replacement.vkey]).toEqual([first.vkey, second.vkey]);
  });

  const text = `custody key replacement v1\n${first.vkey}\n${second.vkey}\n`;
  test.each([
    ["signed by the old key alone", signNote(text, [first]), "untrusted-checkpoint"],
    ["signed by the new key alone", signNote(text, [second]), "untrusted-checkpoint"],
    ["signed by a stranger for the old key", signNote(text, [stranger, second]), "untrusted-checkpoint"],
    [
      "turned round",
      note.replace(first.vkey, "x").replace(second.vkey, first.vkey).replace("x", second.vkey),
      "untrusted-checkpoint",
    ],
    ["another version", note.replace("v1", "v2"), "unreadable-checkpoint"],
    ["with a line more", signNote(`${text}x\n`, [first, second]), "unreadable-checkpoint"],
    ["with a paragraph more", signNote(`${text}\nx\n`, [first, second]), "untrusted-checkpoint"],
    [
      "with one line less",
      signNote(`custody key replacement v1\n${first.vkey}\n`, [first]),
      "unreadable-checkpoint",
    ],
    ["unsigned", text, "unreadable-checkpoint"],
    ["no note", "", "unreadable-checkpoint"],
  ])("%s replaces nothing", (_what, wrong, code) => {
    expect(codeOf(() => openReplacement(wrong))).toBe(code);
  });

  test("of a witness's key makes no key that speaks for a log", () => {
    const [witness, log] = [cosignerVkey(first), second.vkey];
    for (const keys of [
      [witness, log],
      [log, witness],
    ]) {
      const appointing = `custody key replacement v1\n${keys.join("\n")}\n`;
      const signed = `${signNote(appointing, [second])}${cosignAs(first, appointing)}`;
      expect(
        openNote(
          signed,
          [first].map(cosignerVkey).map((each) => parseVerifierKey(each)),
        ).signedBy,
      ).toHaveLength(1);
      expect(codeOf(() => openReplacement(signed))).toBe("untrusted-checkpoint");
    }
  });

  test("with any one byte changed replaces nothing", () => {
    for (let at = 0; at < note.length; at += 1) {
      const changed = note.slice(0, at) + String.fromCharCode(note.charCodeAt(at) ^ 1) + note.slice(at + 1);
      expect(codeOf(() => openReplacement(changed))).not.toBe("none");
    }
  });
});

describe("--public-key", () => {
  const read = async (given: readonly string[], cwd = "/nowhere") =>
    (await readPublicKeys(given, cwd)).map((key) => key.vkey);
  const codeOfRead = async (given: readonly string[], cwd?: string) =>
    read(given, cwd).then(
      () => "none",
      (error: unknown) => (error instanceof OpsError ? `${error.code}: ${error.message}` : "bug"),
    );

  test("takes vkeys of logs and of witnesses, each once", async () => {
    const cosigner = cosignerVkey(second);
    expect(await read([first.vkey, cosigner, first.vkey])).toEqual([first.vkey, cosigner]);
  });

  test("says of a file without keys that it has none", async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "none.pub"), "# to be filled\n");
    expect(await codeOfRead(["none.pub"], folder.path)).toBe(
      "bad-input: no public key is trusted: none.pub holds none",
    );
  });

  test("takes files of vkeys and comments, relative to the working directory", async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "keys"), `# ours\n\n${first.vkey}\n  ${second.vkey}  \n# the end`);
    expect(await read(["keys", join(folder.path, "keys"), third.vkey], folder.path)).toEqual([
      first.vkey,
      second.vkey,
      third.vkey,
    ]);
  });

  test("a replacement adds the new key when the old one is trusted, through any number, in any order", async () => {
    using folder = temporaryFolder();
    const notes = [signReplacement(second, third), signReplacement(first, second)];
    writeFileSync(join(folder.path, "replaces"), `# newest first\n${notes.join("")}${notes.join("\n")}`);
    writeFileSync(join(folder.path, "all"), `${notes.join("")}${first.vkey}\n`);
    expect(await read([first.vkey, "replaces"], folder.path)).toEqual([first.vkey, second.vkey, third.vkey]);
    expect(await read(["replaces", first.vkey], folder.path)).toEqual([first.vkey, second.vkey, third.vkey]);
    expect(await read(["all"], folder.path)).toEqual([first.vkey, second.vkey, third.vkey]);
    expect(await read([second.vkey, "replaces"], folder.path)).toEqual([second.vkey, third.vkey]);
    expect(await read([stranger.vkey, "replaces"], folder.path)).toEqual([stranger.vkey]);
    expect(await codeOfRead(["replaces"], folder.path)).toStartWith("bad-input: no public key is trusted");
  });

  test("a key that took another's place has its name, too, in whatever order and however it is given", async () => {
    using folder = temporaryFolder();
    const [a, b, c] = ["a", "b", "c"].map((name, seed) => testKey(`example.com/${name}`, seed)) as [
      ReturnType<typeof testKey>,
      ReturnType<typeof testKey>,
      ReturnType<typeof testKey>,
    ];
    // The last one turns in a circle.
    const notes = [signReplacement(b, c), signReplacement(a, b), signReplacement(c, a)];
    writeFileSync(join(folder.path, "replaces"), notes.slice(0, 2).join(""));
    writeFileSync(join(folder.path, "circle"), notes.join(""));
    const namesOf = async (...given: string[]) =>
      Object.fromEntries(
        (await readPublicKeys(given, folder.path)).map(({ name, predecessors }) => [
          name,
          predecessors.toSorted(),
        ]),
      );
    const taken = { [a.name]: [], [b.name]: [a.name], [c.name]: [a.name, b.name] };
    expect(await namesOf(a.vkey, "replaces")).toEqual(taken);
    expect(await namesOf("replaces", c.vkey, b.vkey, a.vkey)).toEqual(taken);
    expect(await namesOf(b.vkey, "replaces")).toEqual({ [b.name]: [], [c.name]: [b.name] });
    for (const names of Object.values(await namesOf(a.vkey, "circle"))) expect(names).toHaveLength(2);
  });

  test("no replacement takes the name of another's key; one that its own holder named is that one, in any order", async () => {
    using folder = temporaryFolder();
    const [shop, next, evil] = [
      testKey("example.com/shop", 5),
      testKey("example.com/shop", 6),
      testKey("evil.example", 7),
    ];
    for (const [name, seed] of [
      ["example.com/shop", 8],
      ["example.com", 9],
      ["example.com/shop/x", 10],
    ] as const) {
      writeFileSync(join(folder.path, "replaces"), signReplacement(evil, testKey(name, seed)));
      expect(await codeOfRead([shop.vkey, evil.vkey, "replaces"], folder.path)).toStartWith(
        "bad-input: evil.example+",
      );
      expect(await codeOfRead([evil.vkey, "replaces"], folder.path)).toBe("none");
    }
    const notes = [signReplacement(evil, next), signReplacement(shop, next)];
    for (const each of [notes, notes.toReversed()]) {
      writeFileSync(join(folder.path, "replaces"), each.join(""));
      expect(await codeOfRead([shop.vkey, evil.vkey, "replaces"], folder.path)).toBe("none");
    }
  });

  test("what is neither a key nor a file, and a wrong line of a file, are bad input, with the line", async () => {
    using folder = temporaryFolder();
    expect(await codeOfRead(["missing"], folder.path)).toStartWith('bad-input: "missing" is neither');
    expect(await codeOfRead([folder.path], folder.path)).toStartWith("bad-input: ");
    expect(await codeOfRead([first.vkey.slice(0, -1)])).toStartWith("bad-input: ");
    expect(await codeOfRead([`${first.vkey.slice(0, -2)}AA`])).toStartWith("bad-input: ");
    const write = (text: string | Uint8Array) => writeFileSync(join(folder.path, "keys"), text);
    write(`# one\n${first.vkey}\nnonsense\n`);
    expect(await codeOfRead(["keys"], folder.path)).toStartWith("bad-input: keys, line 3: ");
    write(`${first.vkey}\n${signReplacement(first, second).replace("— ", "—")}`);
    expect(await codeOfRead(["keys"], folder.path)).toStartWith("bad-input: keys, line 2: ");
    write(`${first.vkey}\n${signReplacement(first, second).replace("v1\n", "v1\n ")}`);
    expect(await codeOfRead(["keys"], folder.path)).toStartWith("bad-input: keys, line 2: ");
    write(Buffer.of(0xff));
    expect(await codeOfRead(["keys"], folder.path)).toStartWith("bad-input: keys is no file of public keys");
  });

  test("no error shows a private key that was given by mistake", async () => {
    using folder = temporaryFolder();
    const secret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    writeFileSync(join(folder.path, "key"), `${secret}\n`);
    for (const told of [await codeOfRead(["key"], folder.path), await codeOfRead([secret], folder.path)]) {
      expect(told).toStartWith("bad-input: ");
      expect(told).not.toContain("AYEKFALVFGyNhPJE");
    }
  });

  test("reading a file never throws anything but bad input", () => {
    const pieces = fc.constantFrom(
      first.vkey,
      signReplacement(first, second),
      "custody key replacement v1",
      "— ",
      "\n",
      "#",
      "a",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 8 }), (each) => {
        expect(["bad-input", "none"]).toContain(
          codeOf(() => parseKeyFile(Buffer.from(each.join("\n")), "keys")),
        );
      }),
    );
    expect(parseKeyFile(Buffer.from(verifierOf(first).vkey), "keys").keys).toHaveLength(1);
  });
});
