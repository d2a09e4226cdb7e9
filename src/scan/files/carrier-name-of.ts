/** What carries commands, and is no code: each is read by a carrier of its own. */
export type CarrierName =
  | "shell"
  | "sql"
  | "dockerfile"
  | "yaml"
  | "makefile"
  | "justfile"
  | "terraform"
  | "jenkinsfile"
  | "properties"
  | "toml"
  | "xml"
  | "batch"
  | "powershell"
  | "unit"
  | "crontab"
  | "procfile";

const byExtension: ReadonlyMap<string, CarrierName> = new Map(
  (
    [
      ["shell", "sh bash zsh ksh dash bats command envrc profile"],
      ["sql", "sql ddl pgsql psql mysql cql hql plsql tsql prc pks pkb"],
      ["dockerfile", "dockerfile containerfile"],
      ["yaml", "yml yaml sls json jsonc json5"],
      ["makefile", "mk mak make"],
      ["justfile", "just"],
      ["terraform", "tf hcl tfvars nomad"],
      ["jenkinsfile", "jenkinsfile groovy"],
      ["properties", "properties"],
      ["toml", "toml"],
      ["xml", "xml"],
      ["batch", "bat cmd"],
      ["powershell", "ps1 psm1"],
      ["unit", "service"],
      ["crontab", "cron crontab"],
    ] as const
  ).flatMap(([name, extensions]) => extensions.split(" ").map((extension) => [extension, name] as const)),
);

const byName: readonly (readonly [RegExp, CarrierName])[] = [
  [/^(?:Dockerfile|Containerfile)(?:[.-].*)?$/i, "dockerfile"],
  [/^(?:GNU|BSD)?makefile(?:[.-].*)?$/i, "makefile"],
  [/^\.?justfile$/i, "justfile"],
  [/^Jenkinsfile(?:[.-].*)?$/i, "jenkinsfile"],
  [/^Procfile(?:[.-].*)?$/, "procfile"],
  [/^crontab(?:[.-].*)?$/, "crontab"],
  [/^Pipfile$/, "toml"],
  [/^\.(?:bash|zsh|sh)(?:rc|_profile|_aliases|env)$|^\.profile$|^PKGBUILD$/, "shell"],
];

/** What a template makes: `init.sql.j2` is SQL. */
const templates = /\.(?:j2|jinja2?|tpl|tmpl|template|erb|gotmpl|in|dist|example|sample|mustache|hbs)$/i;
const shebang = /^#!\s*\S*?(?:\/env\s+(?:-\S+\s+)*(?:\w+=\S+\s+)*)?(?:\/?[^\s/]+\/)*(?:ba|da|z|k|a)?sh\b/;

/**
 * What a file carries that is no code, by its name, its extension, and the first line of what has neither (`head` is its beginning). Null for
 * what carries no commands: documentation and text for people among them.
 */
export function carrierNameOf(path: string, head: string): CarrierName | null {
  const name = path.slice(path.lastIndexOf("/") + 1);
  for (const [pattern, carrier] of byName) if (pattern.test(name)) return carrier;
  const plain = name.replace(templates, "");
  for (const [pattern, carrier] of byName) if (pattern.test(plain)) return carrier;
  const dot = plain.lastIndexOf(".");
  const carrier = dot === -1 ? undefined : byExtension.get(plain.slice(dot + 1).toLowerCase());
  if (carrier !== undefined) return carrier;
  return shebang.test(head) ? "shell" : null;
}
