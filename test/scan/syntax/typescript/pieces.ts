/** Pieces of TypeScript, each whole by itself, that together hold every kind of expression and statement. */
export const pieces: readonly string[] = [
  `import pool, { type Client as Db, query } from "./pool.js";`,
  `import * as names from "../names";`,
  `export { remove as drop } from "./remove";`,
  `export * from "./all";`,
  `const { drop, names: [first = "none"] } = require("./names").default;`,
  `const lazy = await import("./lazy"); import("./then").then(({ run }) => run("then"));`,
  `export const statement = \`DROP \${kind("database")} \${name ?? "x"} now\`;`,
  `const tagged = sql<Row>\`a \${sql.raw(\`b\`)} \${b("c")}\`; String.raw\`\\n\${tagged("d")}\`;`,
  `let text = "a" + b("c") + 1 + ('d' as const)!; text += f("e"); text ??= g("h");`,
  `export class Names extends mixin("base", Base) implements Dropper<"type only"> {
    static readonly DROP = "drop"; #secret = compute("secret"); ["computed" + key()] = "value";
    static { register("static"); this.x = "y"; }
    constructor(private pool = make("pool"), @Inject("token") readonly b: Db) { super("up"); }
    get sql() { return \`get \${this.#secret}\`; } set sql(value) { this.value = value || "default"; }
    @Log("mark") async *go({ a = "b", ...rest }: Options = {}) { yield* this.each("c"); yield "d"; }
    overloaded(a: "x"): void; overloaded(a: string) { return a === "x" ? one("1") : two("2"); }
  }`,
  `enum Kind { Drop = "DROP", Flush = \`FLUSH\`, Size = compute("size"), "quoted" = 3 }`,
  `namespace Outer.Inner { export const value = "inside"; export function f() { return g("x"); } }`,
  `declare module "ambient" { export function f(a: "b"): void; }`,
  `interface Backend extends Base<"x"> { drop(name: "y"): Promise<void>; run: (a: string) => void; pool: Pool }`,
  `type Both = Backend & { more: string } | "literal";`,
  `for (const [k, v] of Object.entries(load("entries"))) { use(k, v["key"]); }`,
  `for (let i = start("i"); i < end("e"); i += step("s")) loop(i); for (const p in object("o")) p;`,
  `switch (kind("k")) { case "drop": a("1"); break; case value("v"): default: b("2"); }`,
  `try { risky("r"); } catch ({ message }) { log("failed", message); } finally { close("c"); }`,
  `label: while (next("n")) { if (done("d")) break label; else continue; }`,
  `do { again("a"); } while (more("m")); with_("w"); debugger;`,
  `throw new Error("thrown", { cause: why("w") });`,
  `module.exports = { drop, DROP: "drop it", run() { return go("m"); }, ...spread("s"), [key("k")]: "kv" };`,
  `exports.flush = function () { return client.flushall("now"); }; exports["other"] = make("o");`,
  `Names.prototype.drop = async function (a = "p") { await this.go(a); };`,
  `(function () { ready("iife"); })(); void (async () => { await main("main"); })(); !function () { bang("b"); }();`,
  `[a, b.c, ...d] = [f("1"), "2"]; ({ x, y: z.w = "3", ["q" + q("4")]: r } = s("5"));`,
  `const found = list?.["key"]?.map((x) => x!.go?.("opt")).filter(Boolean)[0] satisfies Foo;`,
  `const made = new (pick("class"))("arg"), plain = new Date; typeof f("t"); delete o[k("k")]; -f("n");`,
  `const pattern = /drop\\s+"database"/gi, same = /x/.test(value("v")) && "a" in b("c");`,
  `const both = (a("first"), b("last")); x = y = z = chain("chain"); f(w = "in", (q) => { q = "call"; });`,
  `const o = { plain: "p", "quoted": "q", 1: "n", m() { return "m"; }, get g() { return f("g"); }, ...e("e"), short };`,
  `const asObject = <const T,>(a: T = d("x")) => ({ a, nested: { deep: async () => deep("y") } });`,
  `if (import.meta.url === target("t")) using(await open("o")); else if (new.target) x("z");`,
  `const conditional = test("t") ? yes("y") : no("n") ?? maybe("m") || "last";`,
  `export default { name: "app", methods: { drop() { return call("vue"); } } };`,
  `export const handler = wrap(async (req, { body = "b" }) => { return handle(req, body); }, "named");`,
  `// custody-allow: planned until 2027-01-31`,
  `const said = "custody-allow"; /* custody-allow: a block */ f(/* custody-allow */ "x");`,
];
