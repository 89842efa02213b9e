/** A line of the table. */
export interface Row {
  what: string
  against: string
  /** The measured value with its unit. */
  measured: string
  target: string
  reached: boolean
  /** Other libraries, measured in the same rounds. */
  peers?: string
}

type Task = () => Promise<unknown>

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
}

/**
 * Runs all tasks in every round, each round beginning with the next one, and returns the median time of each in
 * milliseconds. What slows the computer down for a while slows all of them.
 */
export async function medianTimes<Name extends string>(
  tasks: Readonly<Record<Name, Task>>,
  { rounds = 21, warmUp = 3 }: { rounds?: number; warmUp?: number } = {},
): Promise<Record<Name, number>> {
  const names = Object.keys(tasks) as Name[]
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = -warmUp; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round + warmUp) % names.length] as Name
      const start = performance.now()
      await tasks[name]()
      if (round >= 0) times[name].push(performance.now() - start)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>
}

/** Calls a function `count` times, with at most `inFlight` calls at a time. */
export async function repeat(count: number, inFlight: number, call: Task): Promise<void> {
  let left = count
  const lane = async () => {
    while (left > 0) {
      left -= 1
      await call()
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}

/** Throughput of one against another, from their times for the same work. */
export function throughputRow(
  row: Omit<Row, 'measured' | 'reached' | 'peers'> & { least: number },
  { ours, base, peers = {} }: { ours: number; base: number; peers?: Readonly<Record<string, number>> },
): Row {
  const { least, ...rest } = row
  const ratio = base / ours
  return {
    ...rest,
    measured: ratio.toFixed(2),
    reached: ratio >= least,
    peers: Object.entries(peers)
      .map(([name, time]) => `${name} ${(base / time).toFixed(2)}`)
      .join(', '),
  }
}
