/** What a writer gives; everything else comes from the triggers. */
export const writerColumns = [
  "id",
  "actor",
  "actor_type",
  "action",
  "resource_type",
  "resource_id",
  "details",
  "timestamp",
  "event_category",
] as const;
