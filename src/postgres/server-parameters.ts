import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

const mib = 1024 * 1024;

/**
 * Settings of a throwaway server: nothing that outlives a crash when not `durable`, no network, no background work, sized
 * to this machine. `jobs`: how many sessions load and build indexes at once.
 */
export function serverParameters(options: {
  readonly durable: boolean;
  readonly jobs: number;
  readonly socketDirectory: string;
  readonly memoryBytes?: number;
}): Record<string, string> {
  const memory = (options.memoryBytes ?? availableMemory()) / mib;
  const workers = String(availableParallelism());
  return {
    listen_addresses: "",
    unix_socket_directories: options.socketDirectory,
    unix_socket_permissions: "0700",
    port: "5432",
    ...(options.durable ? {} : { fsync: "off", full_page_writes: "off", synchronous_commit: "off" }),
    wal_level: "minimal",
    max_wal_senders: "0",
    archive_mode: "off",
    autovacuum: "off",
    checkpoint_timeout: "1h",
    max_wal_size: "4GB",
    wal_compression: "off",
    shared_buffers: megabytes(clamp(memory / 8, 64, 1024)),
    maintenance_work_mem: megabytes(clamp(memory / 8 / options.jobs, 64, 1024)),
    work_mem: megabytes(clamp(memory / 64 / options.jobs, 8, 128)),
    max_connections: String(20 + 2 * options.jobs),
    max_parallel_maintenance_workers: workers,
    // Shared memory inside the data directory: nothing of it is left in /dev/shm, however the server ends.
    dynamic_shared_memory_type: "mmap",
    huge_pages: "off",
    jit: "off",
    ssl: "off",
    log_destination: "stderr",
    logging_collector: "off",
    lc_messages: "C",
    timezone: "UTC",
    log_timezone: "UTC",
  };
}

/** Of the machine, or of the container when it has a smaller limit. */
function availableMemory(): number {
  try {
    const limit = Number(readFileSync("/sys/fs/cgroup/memory.max", "utf8"));
    return Number.isFinite(limit) && limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  } catch {
    // No cgroup v2: then there is no limit to know of.
    return totalmem();
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.round(Math.min(Math.max(value, low), high));
}

function megabytes(count: number): string {
  return `${count}MB`;
}
