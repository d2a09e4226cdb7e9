/** An element of a document; text is what stands directly in it, with references resolved. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

const references: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * A strict reader of the part of XML 1.0 that has elements, attributes and text: whatever is not well-formed, a
 * character that XML cannot hold among it, throws.
 */
export function parseXml(source: string): Element {
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(source))
    throw new Error("a character that XML cannot hold");
  const tokens = source
    .replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>/, "")
    .matchAll(
      /<(?<close>\/)?(?<name>[\w-]+)(?<attributes>(?: [\w-]+="[^"<]*")*)(?<empty>\/)?>|(?<text>[^<]+)|(?<wrong><)/g,
    );
  const open: { name: string; attributes: Record<string, string>; children: Element[]; text: string }[] = [];
  let root: Element | undefined;
  for (const { groups = {} } of tokens) {
    const { name, text, wrong } = groups;
    const parent = open.at(-1);
    if (wrong !== undefined) throw new Error("a tag that is none");
    if (text !== undefined) {
      if (parent !== undefined) parent.text += resolve(text);
      else if (text.trim() !== "") throw new Error(`text outside of the root: ${text}`);
    } else if (groups["close"]) {
      if (parent?.name !== name) throw new Error(`</${name}> closes nothing`);
      open.pop();
      if (open.length === 0) root = parent;
    } else {
      if (root !== undefined) throw new Error("two roots");
      const element = {
        name: name!,
        attributes: readAttributes(groups["attributes"]!),
        children: [],
        text: "",
      };
      parent?.children.push(element);
      if (!groups["empty"]) open.push(element);
      else if (parent === undefined) root = element;
    }
  }
  if (root === undefined || open.length > 0) throw new Error("an element is not closed");
  return root;
}

function readAttributes(text: string): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(/ ([\w-]+)="([^"]*)"/g)) {
    if (Object.hasOwn(read, name!)) throw new Error(`${name} stands twice`);
    read[name!] = resolve(value!.replaceAll(/[\t\n\r]/g, " "));
  }
  return read;
}

function resolve(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|(\w+));|&/g, (whole, code?: string, name?: string) => {
    if (code !== undefined) return String.fromCodePoint(Number(code));
    const found = name === undefined ? undefined : references[name];
    if (found === undefined) throw new Error(`${whole} refers to nothing`);
    return found;
  });
}
