/** SQL files are imported as text, and so embedded in the binary. */
declare module "*.sql" {
  const text: string;
  export default text;
}
