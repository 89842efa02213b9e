/** Under this prefix the proxy answers for itself, so that no path of a provider is shadowed. */
export const adminPrefix = '/_countersign'
