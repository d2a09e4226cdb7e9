/** Of these, what is called is the first of what stands in the brackets; of a dictionary it is the last. */
const wrappers =
  /^(?:Optional|Union|Annotated|Final|ClassVar|Type|type|List|list|Set|set|FrozenSet|frozenset|Tuple|tuple|Deque|deque|Sequence|MutableSequence|Collection|Iterable|Iterator|AsyncIterable|AsyncIterator|Generator|AsyncGenerator|ContextManager|AsyncContextManager|AbstractContextManager|Awaitable)$/;
const dictionaries = /^(?:Dict|dict|Mapping|MutableMapping|DefaultDict|defaultdict|OrderedDict|Coroutine)$/;

/** The class that an annotation names: `pool.Backend` of `Optional["pool.Backend"]`, of `dict[str, pool.Backend]`. */
export function bareType(annotation: string | null): string | null {
  let rest = annotation ?? "";
  while (rest !== "") {
    const unquoted = rest.trim().replace(/^(['"])(.*)\1$/s, "$2");
    const option = split(unquoted, "|").find((each) => each !== "None") ?? "";
    const [, base, inside] = /^([\p{L}\p{N}_.]+)\s*(?:\[(.*)\])?$/su.exec(option) ?? [];
    if (base === undefined) return option === unquoted ? null : bareName(option);
    if (inside === undefined) return base === "None" ? null : base;
    const name = base.slice(base.lastIndexOf(".") + 1);
    const isWrapper = wrappers.test(name);
    if (!isWrapper && !dictionaries.test(name)) return base;
    const given = split(inside, ",");
    rest = (isWrapper ? given[0] : given.at(-1)) ?? "";
  }
  return null;
}

function bareName(text: string): string | null {
  return /^["']?([\p{L}\p{N}_.]+)["']?$/u.exec(text)?.[1] ?? null;
}

/** Splits at a character that stands outside of brackets. */
function split(text: string, at: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === "[" || character === "(") depth++;
    else if (character === "]" || character === ")") depth--;
    else if (character === at && depth === 0) {
      parts.push(text.slice(from, index).trim());
      from = index + 1;
    }
  }
  parts.push(text.slice(from).trim());
  return parts;
}
