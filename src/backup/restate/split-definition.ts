const name = String.raw`(?:"(?:[^"]|"")*"|[^\s".,()]+)`;
const relation = String.raw`${name}\.${name}`;
const event = String.raw`(?:INSERT|DELETE|TRUNCATE|UPDATE(?: OF ${name}(?:, ${name})*)?)`;

const indexForm = new RegExp(
  String.raw`^(CREATE (?:UNIQUE )?INDEX ${name} ON (?:ONLY )?)${relation}( USING .*)$`,
  "s",
);
const triggerForm = new RegExp(
  String.raw`^(CREATE (?:CONSTRAINT )?TRIGGER ${name} (?:BEFORE|AFTER|INSTEAD OF) ${event}(?: OR ${event})* ON )${relation}( .*)$`,
  "s",
);

/** A definition around the name of the relation that it is about. */
export interface SplitDefinition {
  readonly before: string;
  readonly relation: string;
  readonly after: string;
}

/** Splits what `pg_get_indexdef` gives; undefined when it is nothing of the kind. */
export function splitIndex(definition: string): SplitDefinition | undefined {
  return split(indexForm, definition);
}

/** Splits what `pg_get_triggerdef` gives; undefined when it is nothing of the kind. */
export function splitTrigger(definition: string): SplitDefinition | undefined {
  return split(triggerForm, definition);
}

function split(form: RegExp, definition: string): SplitDefinition | undefined {
  const [, before, after] = form.exec(definition) ?? [];
  if (before === undefined || after === undefined) return undefined;
  return { before, after, relation: definition.slice(before.length, definition.length - after.length) };
}
