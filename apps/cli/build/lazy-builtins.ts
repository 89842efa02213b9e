import { builtinModules } from 'node:module'
import type { Rolldown } from 'tsdown'

const prefix = '\0builtin:'
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
      handler(source) {
        const name = source.replace(/^node:/, '')
        if (!names.has(name)) return undefined
        return { id: `${prefix}${name}`, moduleSideEffects: false }
      },
    },
    load(id) {
      if (!id.startsWith(prefix)) return undefined
      const name = id.slice(prefix.length)
      const exported = Object.keys(process.getBuiltinModule(`node:${name}`) ?? {}).filter(
        (key) => /^[a-z_$][\w$]*$/i.test(key) && key !== 'default',
      )
      const get = `process.getBuiltinModule('node:${name}')`
      // Commander has `node:child_process` in hand for what it is never asked for here.
      const whole = name === 'child_process' ? `new Proxy({}, { get: (_, key) => ${get}[key] })` : get
      return [
        `const whole = /* @__PURE__ */ ${whole}`,
        // What `require` gives: of some modules the whole is a class.
        `export { whole as default, whole as 'module.exports' }`,
        ...exported.map((key) => `export const ${key} = /* @__PURE__ */ (() => ${get}.${key})()`),
      ].join('\n')
    },
  }
}
