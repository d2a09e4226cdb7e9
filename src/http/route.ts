import type { z } from "zod";
import type { Caller } from "../chokepoint/drop.ts";
import { Problem } from "./problem.ts";
import type { anonymous, Demand, Identity } from "./read-identities.ts";

/** Who asks, whether or not anybody was asked. */
export type Asker = Identity | typeof anonymous;

/** A request of which only the head was read. */
export interface Head {
  readonly asker: Asker;
  readonly caller: Caller;
  /** What stands in the path for `{id}`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** The JSON of the body, undefined where there is none. Throws `Problem`. */
  readonly readBody: () => Promise<unknown>;
  /** Fires when whoever asked went away. */
  readonly signal: AbortSignal;
}

export interface Asked<Query, Body> extends Omit<Head, "query" | "readBody"> {
  readonly query: Query;
  readonly body: Body;
}

interface AnswerDescription {
  readonly describe: string;
  readonly schema?: z.ZodType;
  /** `application/json` where it is left out; problems say so themselves. */
  readonly type?: string;
}

interface RouteDefinition<Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: "get" | "post";
  /** With `{id}`, as OpenAPI writes it. */
  readonly path: string;
  readonly scope: Demand;
  /** What programs made from the description call it. */
  readonly name: string;
  readonly summary: string;
  readonly query: Query;
  readonly body: Body;
  /** What it answers beside problems. */
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  /** Which problems it has of its own. */
  readonly problems: readonly number[];
  readonly handle: (asked: Asked<z.output<Query>, z.output<Body>>) => Promise<Response>;
}

/** One route: what it takes and answers is written once, for the server and for `/openapi.json`. */
export interface Route extends Omit<RouteDefinition<z.ZodType, z.ZodType>, "handle"> {
  /** Throws `Problem`. */
  readonly answer: (head: Head) => Promise<Response>;
}

export function defineRoute<Query extends z.ZodType, Body extends z.ZodType>(
  definition: RouteDefinition<Query, Body>,
): Route {
  const { handle, ...rest } = definition;
  return {
    ...rest,
    async answer({ query, readBody, ...head }) {
      const asked = { ...head, query: parse(definition.query, readQuery(query), "query") };
      const isBodyless = definition.method === "get";
      return handle({
        ...asked,
        body: parse(definition.body, isBodyless ? undefined : await readBody(), "body"),
      });
    },
  };
}

/** A name that is given twice must not be half obeyed. */
function readQuery(query: URLSearchParams): Readonly<Record<string, string>> {
  for (const name of new Set(query.keys())) {
    if (query.getAll(name).length > 1)
      throw new Problem("invalid", `${name} stands twice in the query`, {
        members: { errors: [{ in: "query", pointer: `/${name}`, message: "stands twice" }] },
      });
  }
  return Object.fromEntries(query);
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
  place: "query" | "body",
): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    in: place,
    pointer: path.map((each) => `/${String(each)}`).join(""),
    message,
  }));
  const [first] = errors;
  throw new Problem("invalid", `${first?.pointer === "" ? place : first?.pointer}: ${first?.message}`, {
    members: { errors },
  });
}
