import { startMongoPeer } from "../mongo-peer.ts";

// Stands in for a `mongod` program: the socket is the value of --bind_ip, everything else is ignored.
const at = process.argv.indexOf("--bind_ip");
await startMongoPeer(process.argv[at + 1]);
