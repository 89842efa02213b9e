import type { Input, KyInstance, KyResponse, Options, ResponsePromise } from 'ky'

const methods = ['get', 'post', 'put', 'patch', 'head', 'delete', 'query'] as const

type Shortcut = 'json' | 'text' | 'formData' | 'arrayBuffer' | 'blob' | 'bytes'
type Bodies = Record<Shortcut, (schema?: unknown) => Promise<unknown>>

/** Replaces ky's own `stop` until ky is loaded. */
const early = Symbol('stop')

/** How a {@link lazyKy} loads ky and translates errors and options. */
export interface LazyKyOptions {
  load(): Promise<KyInstance>
  /** Makes the error that callers see; `answer` is the answer whose body could not be read. */
  toError(error: unknown, input: Input, options: Options | undefined, answer?: KyResponse): unknown
  /** Checks or completes the options of `create`, `extend` and of each call. */
  toOptions(options: Options): Options
}

/**
 * A ky instance whose ky is loaded by the first call: loading it costs more than a whole request, and
 * programs that use `fetch` alone never need it. Calls, shortcuts, `extend` and `create` work as ky's own.
 */
export function lazyKy({ load, toError, toOptions: check }: LazyKyOptions): KyInstance {
  let loading: Promise<KyInstance> | undefined
  let loaded: KyInstance | undefined
  const ready = async () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    loaded = await loading
    return loaded
  }

  function toOptions(given: Options): Options {
    const options = check(given)
    const { beforeRetry } = options.hooks ?? {}
    if (beforeRetry === undefined) return options
    const translated = beforeRetry.map<(typeof beforeRetry)[number]>((hook) => async (state) => {
      const result: unknown = await hook(state)
      return (result === early ? loaded?.stop : result) as Awaited<ReturnType<typeof hook>>
    })
    return { ...options, hooks: { ...options.hooks, beforeRetry: translated } }
  }

  function call(input: Input, options?: Options): ResponsePromise {
    return loaded === undefined ? callLater(input, options) : callNow(loaded, input, options)
  }

  function callNow(ky: KyInstance, input: Input, options: Options | undefined): ResponsePromise {
    let answered: KyResponse | undefined
    const typed = <Value>(promise: Promise<Value>) =>
      promise.catch((error: unknown) => {
        throw toError(error, input, options, answered)
      })
    let response: ResponsePromise
    try {
      response = ky(toInput(input), options === undefined ? undefined : toOptions(options))
    } catch (error) {
      const failed: Promise<never> = Promise.reject(toError(error, input, options))
      return withShortcuts(failed, () => {
        failed.catch(() => undefined)
        return failed
      })
    }
    const answer = response.then(
      (known) => {
        answered = known
        return known
      },
      (error: unknown) => {
        throw toError(error, input, options)
      },
    )
    return withShortcuts(answer, (shortcut, schema) => {
      answer.catch(() => undefined)
      return typed((response as unknown as Bodies)[shortcut](schema))
    })
  }

  function callLater(input: Input, options: Options | undefined): ResponsePromise {
    const wanted: { shortcut: Shortcut; schema: unknown }[] = []
    // A shortcut sets the Accept header, so it must be called in the tick in which ky is called.
    const begun = ready().then((ky) => {
      const response = callNow(ky, input, options)
      const bodies = wanted.map(({ shortcut, schema }) => (response as unknown as Bodies)[shortcut](schema))
      return { response, bodies }
    })
    // V8 shows who waits for an error where each promise on the way is awaited, and by one function only.
    const answer = (async () => await (await begun).response)()
    return withShortcuts(answer, (shortcut, schema) => {
      answer.catch(() => undefined)
      const index = wanted.push({ shortcut, schema }) - 1
      return (async () => {
        const { response, bodies } = await begun
        return await (bodies[index] ?? (response as unknown as Bodies)[shortcut](schema))
      })()
    })
  }

  const derive = (from: (ky: KyInstance) => KyInstance) =>
    lazyKy({ load: async () => from(await ready()), toError, toOptions: check })

  const api = {
    ...Object.fromEntries(
      methods.map((method) => [
        method,
        (input: Input, options?: Options) => call(input, { ...options, method }),
      ]),
    ),
    create: (options: Options = {}) => {
      const checked = toOptions(options)
      return derive((ky) => ky.create(checked))
    },
    extend: (options: Options | ((parent: Options) => Options)) => {
      if (typeof options === 'function')
        return derive((ky) => ky.extend((parent) => toOptions(options(parent))))
      const checked = toOptions(options)
      return derive((ky) => ky.extend(checked))
    },
  }
  return Object.defineProperties(Object.assign(call, api), {
    stop: { value: early },
    retry: {
      value: (options?: Parameters<KyInstance['retry']>[0]) =>
        loaded?.retry(options) ?? ready().then((ky) => ky.retry(options)),
    },
  }) as unknown as KyInstance
}

/** A response with ky's shortcuts to its body. */
function withShortcuts(
  answer: Promise<KyResponse>,
  take: (shortcut: Shortcut, schema: unknown) => Promise<unknown>,
): ResponsePromise {
  return Object.assign(answer, {
    json: (schema?: unknown) => take('json', schema),
    text: () => take('text', undefined),
    formData: () => take('formData', undefined),
    arrayBuffer: () => take('arrayBuffer', undefined),
    blob: () => take('blob', undefined),
    bytes: () => take('bytes', undefined),
  }) as unknown as ResponsePromise
}

/** ky puts its prefix before every string, absolute URLs included. */
function toInput(input: Input): Input {
  return typeof input === 'string' && /^https?:\/\//i.test(input) && URL.canParse(input)
    ? new URL(input)
    : input
}
