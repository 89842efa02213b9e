/** Watches standard output and error, which still work, until `end` returns everything that was written. */
export function watchOutput(): { end(): string[] } {
  const written: string[] = []
  const watched = [process.stdout, process.stderr].map((stream) => {
    const { write } = stream
    stream.write = function watch(this: typeof stream, ...values: Parameters<typeof stream.write>) {
      written.push(String(values[0]))
      return Reflect.apply(write, this, values)
    } as typeof stream.write
    return { stream, write }
  })
  return {
    end() {
      for (const { stream, write } of watched) stream.write = write
      return written
    },
  }
}
