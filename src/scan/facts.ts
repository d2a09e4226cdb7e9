import type { Site } from "./site.ts";
import type { CommentSyntax, FileSyntax } from "./syntax/syntax.ts";

/** What one file says, by itself: all that a scan keeps of it. Plain JSON, so that it can be kept in a cache. */
export type Facts =
  | {
      readonly is: "code";
      readonly syntax: FileSyntax;
      /** Products that it speaks of anywhere: see `mentionsOf`. */
      readonly mentions: readonly string[];
    }
  | {
      readonly is: "carried";
      readonly sites: readonly Site[];
      readonly comments: readonly CommentSyntax[];
      /** Where its parser gave up. */
      readonly errors: readonly number[];
    };

export interface FileFacts {
  /** Relative, with `/`. */
  readonly path: string;
  readonly facts: Facts;
}

const products =
  /redis|jedis|lettuce|valkey|keydb|dragonfly|mongo(?:ose)?|kube|k8s|client-go|fabric8|docker|aws|boto|amazon|nats|jetstream|jsm|kinesis|sqlalchemy_utils|sqlalchemy|alembic|flyway|liquibase|typeorm|sequel(?:ize)?|knex|mikro|postgres|mysql|doctrine|active_?record|jooq|entityframework|npgsql|drizzle|prisma|hibernate|exposed|objection|sqlite|migration|amqp|rabbit|sqs|servicebus|azure|activemq|jms|bullmq|pubsub/gi;

/** Products that a source speaks of, in lower case: what a method's name means depends on them. */
export function mentionsOf(source: string): readonly string[] {
  const found = new Set<string>();
  for (const [word] of source.matchAll(products)) found.add(word.toLowerCase());
  return [...found];
}

export function commentsOf(facts: Facts): readonly CommentSyntax[] {
  return facts.is === "code" ? facts.syntax.comments : facts.comments;
}

export function errorsOf(facts: Facts): readonly number[] {
  return facts.is === "code" ? facts.syntax.errors : facts.errors;
}

/** Whether a value of the cache is what this build keeps there: its version is part of the cache's, so its shape is. */
export function isFacts(value: unknown): value is Facts {
  return (
    typeof value === "object" &&
    value !== null &&
    "is" in value &&
    (value.is === "code" || value.is === "carried")
  );
}
