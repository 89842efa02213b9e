import { builtinModules } from 'node:module'
import type { Rolldown } from 'tsdown'

const prefix = '\0builtin:'
const required = '\0required-builtin:'
const names = new Set(builtinModules.map((name) => name.replace(/^node:/, '')))

/**
 * Loads Node's own modules where their importer first runs, not where the file begins: in one bundled
 * file every static import is hoisted, and `node:http2` alone takes longer than an empty Node program.
 */
export function lazyBuiltins(): Rolldown.Plugin {
  return {
    name: 'lazy-builtins',
    resolveId: {
      order: 'pre',
      handler(source, _importer, { kind }) {
        const name = source.replace(/^node:/, '')
        if (!names.has(name)) return undefined
        return { id: `${kind === 'require-call' ? required : prefix}${name}`, moduleSideEffects: false }
      },
    },
    load(id) {
      // `require` takes the whole: with names of its own, each of them would be read, and some load much.
      if (id.startsWith(required)) return wholeOf(id.slice(required.length))
      if (!id.startsWith(prefix)) return undefined
      const name = id.slice(prefix.length)
      const exported = Object.keys(process.getBuiltinModule(`node:${name}`) ?? {}).filter(
        (key) => /^[a-z_$][\w$]*$/i.test(key) && key !== 'default',
      )
      const get = getterOf(name)
      // Commander has `node:child_process` in hand for what it is never asked for here: its functions load it.
      const read = (key: string) =>
        name === 'child_process'
          ? `(...given) => ${get}.${key}(...given)`
          : `/* @__PURE__ */ (() => ${get}.${key})()`
      return [wholeOf(name), ...exported.map((key) => `export const ${key} = ${read(key)}`)].join('\n')
    },
  }
}

function getterOf(name: string): string {
  return `process.getBuiltinModule('node:${name}')`
}

function wholeOf(name: string): string {
  const get = getterOf(name)
  const whole = name === 'child_process' ? `new Proxy({}, { get: (_, key) => ${get}[key] })` : get
  // What `require` gives: of some modules the whole is a class.
  return `const whole = /* @__PURE__ */ ${whole}\nexport { whole as default, whole as 'module.exports' }`
}
