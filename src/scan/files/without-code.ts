/** Extensions of files whose content is no text: they are counted, never opened. */
const binary: ReadonlySet<string> = new Set(
  (
    "png jpg jpeg gif webp avif bmp ico icns tif tiff psd ai eps heic mp3 mp4 m4a m4v mov avi mkv webm ogg wav flac " +
    "woff woff2 ttf otf eot zip gz tgz bz2 xz zst 7z rar tar jar war ear class o a so dylib dll exe pdb lib node wasm " +
    "pyc pyo pyd whl egg beam rlib rmeta pdf doc docx xls xlsx ppt pptx odt ods sqlite sqlite3 db mdb parquet avro orc " +
    "npy npz pkl pt onnx bin dat dump iso img dmg deb rpm apk aab ipa keystore jks p12 pfx der gpg age snap pack idx"
  ).split(" "),
);

/** Extensions of text that no program and no shell runs: documents, styles, pictures, locks, translations. */
const documents: ReadonlySet<string> = new Set(
  (
    "md mdx markdown rst txt adoc asciidoc org tex log csv tsv svg css scss sass less styl htm html xhtml map lock sum " +
    "po pot mo srt vtt ics vcf pem crt cer key pub asc snap diff patch rtf bib ipynb geojson plist xib storyboard"
  ).split(" "),
);

/** Declarations of TypeScript: they say what there is, and run nothing. */
const declarations = /\.d(?:\.\w+)?\.[cm]?ts$/i;

/** Documents by name. */
const documentNames: ReadonlySet<string> = new Set([
  "LICENSE",
  "COPYING",
  "NOTICE",
  "AUTHORS",
  "CHANGELOG",
  "CODEOWNERS",
  "package-lock.json",
  "npm-shrinkwrap.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "composer.lock",
  ".gitignore",
  ".gitattributes",
  ".gitmodules",
  ".gitkeep",
  ".keep",
  ".editorconfig",
  ".dockerignore",
  ".npmignore",
  ".prettierignore",
  ".eslintignore",
  ".DS_Store",
]);

/** Why a file cannot hold code, by its name alone; null when it may. */
export function withoutCode(name: string): "binary" | "document" | null {
  if (documentNames.has(name)) return "document";
  const dot = name.lastIndexOf(".");
  if (dot <= 0) return null;
  const extension = name.slice(dot + 1).toLowerCase();
  if (documents.has(extension) || declarations.test(name)) return "document";
  return binary.has(extension) ? "binary" : null;
}
