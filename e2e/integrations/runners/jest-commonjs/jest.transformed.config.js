module.exports = {
  transform: {
    '\\.[jt]sx?$': [
      'babel-jest',
      { presets: [['@babel/preset-env', { targets: { node: 'current' } }]] },
    ],
  },
  transformIgnorePatterns: [
    '/node_modules/(?!\\.pnpm/|@countersign/|jose/|ky/)',
  ],
}
