import { declaredElsewhere } from "./declared.ts";
import { bareName } from "./program.ts";
import type { Program, Unit } from "./program.ts";

/** What a type is called where it is declared; as it is written in a file, where it bears no other name there. */
export function typeBehind(program: Program, unit: Unit, written: string): string {
  if (program.typesNamed(unit.family, bareName(written)).length > 0) return written;
  const [declared] = declaredElsewhere(program, unit, written);
  if (declared === undefined) return written;
  const name = bareName(declared.path);
  return program.typesNamed(unit.family, name).length > 0 ? name : written;
}
