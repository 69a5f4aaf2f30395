// The order of the test files on a machine that has not run them yet. Those that wait for minutes and processes come first:
// begun last, they would be waited for alone.
const ORDER = ['test/replicas/', 'test/e2e/', 'test/translation/', 'test/architecture/', 'test/', 'src/'];

export default class WaitingFirst {
  sort(tests) {
    const rank = ({ path, context }) => {
      const file = path.slice(context.config.rootDir.length + 1);
      return ORDER.findIndex(folder => file.startsWith(folder));
    };
    return [...tests].sort((left, right) => rank(left) - rank(right) || (left.path < right.path ? -1 : 1));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}
