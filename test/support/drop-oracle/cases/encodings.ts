import { q, together, x } from "../messages.ts";
import { drops, off } from "../drop-case.ts";
import type { DropCase } from "../drop-case.ts";

/** What a text is depends on what the session has set: a lexer that knows nothing of it sees a string. */
export const encodings: readonly DropCase[] = [
  drops("standard strings off before", off, "select '\\'; drop table spare; --'; drop table orders; --'"),
  drops("standard strings off, in one write", together(q(off), q("select 'a\\''; drop table orders; --'"))),
  drops(
    "standard strings off, extended in one write",
    together(x(off), q("select 'a\\''; drop table orders; --'")),
  ),
  drops(
    "standard strings off by set_config",
    "select set_config('standard_conforming_strings', 'off', false)",
    "select 'a\\''; drop table orders; --'",
  ),
  drops("SJIS before", "set client_encoding = 'SJIS'", "select E'\x95\\'; drop table orders; --'"),
  drops(
    "SJIS in one write",
    together(q("set client_encoding = 'SJIS'"), q("select E'\x95\\'; drop table orders; --'")),
  ),
  drops("SJIS by SET NAMES", "set names 'sjis'", "select E'\x95\\'; drop table orders; --'"),
  drops("BIG5 before", "set client_encoding to big5", "select E'\xa5\\'; drop table orders; --'"),
  drops("GBK before", "set client_encoding to gbk", "select E'\x81\\'; drop table orders; --'"),
  drops("GB18030 before", "set client_encoding to gb18030", "select E'\x81\\'; drop table orders; --'"),
  drops("UHC before", "set client_encoding to uhc", "select E'\x81A'; drop table orders; --'"),
  {
    ...drops("SJIS from the start", "select E'\x95\\'; drop table orders; --'"),
    startup: { client_encoding: "SJIS" },
  },
  {
    ...drops("standard strings off from the start", "select 'a\\''; drop table orders; --'"),
    startup: { options: "-c standard_conforming_strings=off" },
  },
  drops(
    "standard strings off for a transaction",
    "begin",
    "set local standard_conforming_strings = off",
    "select 'a\\''; drop table orders; --'",
    "commit",
  ),
  drops(
    "standard strings on again",
    off,
    "reset standard_conforming_strings",
    "select 'a\\'; drop table orders; --'",
  ),
  drops(
    "standard strings on after a rollback",
    "begin",
    off,
    "rollback",
    "select 'a\\'; drop table orders; --'",
  ),
  drops(
    "SJIS and back",
    "set client_encoding = 'SJIS'",
    "reset client_encoding",
    "select 'a\\'; drop table orders; --'",
  ),
  drops("EUC_JP", "set client_encoding = 'EUC_JP'", "select E'\xa4\xa2\\''; drop table orders; --'"),
];
