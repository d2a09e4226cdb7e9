/** One line of the Prometheus text format: `name{labels}` as it is written, and its value. */
export interface Sample {
  readonly series: string;
  readonly value: number;
}

/** The samples of one metric, under its HELP and TYPE. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

/** `name{label="value"}`. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function seriesName(name: string, labels: Readonly<Record<string, string>> = {}): string {
  const shown = Object.entries(labels).map(([label, value]) => `${label}="${escapeLabel(value)}"`);
  return shown.length === 0 ? name : `${name}{${shown.join(",")}}`;
}

export function renderFamilies(families: readonly Family[]): string {
  return families
    .map(({ name, help, type, samples }) =>
      [
        `# HELP ${name} ${escapeHelp(help)}`,
        `# TYPE ${name} ${type}`,
        ...samples.map(({ series, value }) => `${series} ${showValue(value)}`),
        "",
      ].join("\n"),
    )
    .join("");
}

/** Reads what `renderFamilies` wrote; lines of any other make are left out. */
export function parseFamilies(text: string): readonly Family[] {
  const families: Family[] = [];
  let help = "";
  for (const line of text.split("\n")) {
    const helped = /^# HELP (\S+) (.*)$/.exec(line);
    const typed = /^# TYPE (\S+) (\S+)$/.exec(line);
    const sampled = /^([^#\s][^\s{]*(?:\{.*\})?) (\S+)$/.exec(line);
    const last = families.at(-1);
    if (helped) help = unescapeHelp(helped[2] ?? "");
    if (typed) families.push({ name: typed[1] ?? "", help, type: typed[2] ?? "untyped", samples: [] });
    if (sampled && last !== undefined && last.name === sampled[1]?.split("{", 1)[0]) {
      const sample = { series: sampled[1] ?? "", value: readValue(sampled[2] ?? "") };
      families.splice(-1, 1, { ...last, samples: [...last.samples, sample] });
    }
  }
  return families;
}

function showValue(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}

function readValue(text: string): number {
  return Number(text.replace(/^([+-])Inf$/, "$1Infinity"));
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function unescapeHelp(text: string): string {
  return text.replaceAll(/\\([\\n])/g, (_, character: string) => (character === "n" ? "\n" : "\\"));
}
