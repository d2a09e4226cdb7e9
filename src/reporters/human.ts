import type { Envelope, Fact, FinishedReport, SummaryLine, Tone } from "../run/contract.ts";
import { readStepFact } from "./read-step-fact.ts";
import { showQuantity, showSeconds, showShare } from "./quantities.ts";
import type { Reporter, ReporterOptions, Style } from "./reporter.ts";
import { marks, paint, printable } from "./style.ts";

const titleWidth = 40;
/** Without a terminal there are no bars: a step that goes on this long says how far it is. */
const progressEveryMs = 30_000;

/** For people: a line for every step that ended, every note, then the summary. */
export function createHuman(options: ReporterOptions): Reporter {
  const { style } = options;
  const titles = new Map<string, string>();
  let lastProgressAt = 0;

  const line = (mark: string, tone: Tone, title: string, ms: number, detail: string | undefined): string => {
    const time = showSeconds(ms / 1000).padStart(9);
    const rest =
      detail === undefined
        ? ""
        : `  ${paint(printable(detail, style), tone === "bad" ? "bad" : "dim", style)}`;
    return `${paint(mark, tone, style)} ${printable(title, style).padEnd(titleWidth)} ${paint(time, "dim", style)}${rest}\n`;
  };

  const show = (envelope: Envelope): string => {
    if (options.isLogged?.(envelope.event) === true) return "";
    const fact = readStepFact(envelope.event);
    if (fact === null) return describe(envelope.event, options);
    switch (fact.type) {
      case "step-started":
        titles.set(fact.step, fact.title);
        lastProgressAt = Date.parse(envelope.at);
        return "";
      case "step-progressed": {
        if (Date.parse(envelope.at) - lastProgressAt < progressEveryMs) return "";
        lastProgressAt = Date.parse(envelope.at);
        const amount =
          fact.total === undefined
            ? showQuantity(fact.done, fact.unit)
            : showShare(fact.done, fact.total, fact.unit);
        const title = printable(titles.get(fact.step) ?? fact.step, style);
        return `${marks(style).running} ${title}: ${amount}\n`;
      }
      case "step-finished":
        return line(marks(style).passed, "good", titles.get(fact.step) ?? fact.step, fact.ms, fact.detail);
      case "step-failed":
        return line(marks(style).failed, "bad", titles.get(fact.step) ?? fact.step, fact.ms, fact.detail);
      case "noted":
        return `${paint(`${marks(style).noted} ${printable(fact.message, style)}`, "warn", style)}\n`;
    }
  };

  let hasShown = false;
  return {
    event: (envelope) => {
      const text = options.quiet ? "" : show(envelope);
      hasShown ||= text !== "";
      return text;
    },
    ended: (report) =>
      `${hasShown && (report.summary[0]?.text ?? "") !== "" ? "\n" : ""}${summarise(report, style)}`,
  };
}

function summarise(report: FinishedReport, style: Style): string {
  return report.summary.map((each) => `${summaryLine(each, style)}\n`).join("");
}

function summaryLine({ tone, text }: SummaryLine, style: Style): string {
  return paint(printable(text, style), tone, style);
}

function describe(event: Fact, options: ReporterOptions): string {
  const described = options.describe?.(event);
  return described === undefined ? "" : `${summaryLine(described, options.style)}\n`;
}
