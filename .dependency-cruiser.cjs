// The import rules (docs/architecture.md). A module may use earlier modules, never later ones, not even for a type.
const PIPELINE = ['identity', 'catalog', 'quota', 'routing', 'upstream', 'relay', 'metering', 'inference'];
const PURE = ['errors', 'json', 'sse', 'dialects'];
const BASE = ['config', 'platform'];
const SIDE = ['management', 'operations', 'sandbox', 'bootstrap'];

/** A folder of src/management that is about one noun. */
const NOUN = '^src/management/(?!control-plane/)[^/]+/';

const folders = names => `^src/(${names.join('|')})/`;
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** What each of the modules beside the request pipeline may use of it and of each other. */
const SIDE_MAY_USE = {
  management: ['identity', 'catalog', 'quota', 'routing', 'upstream', 'metering'],
  operations: ['identity'],
  sandbox: ['identity', 'catalog', 'quota', 'routing'],
  bootstrap: [...PIPELINE, 'management', 'operations', 'sandbox'],
};

const pipelineRules = PIPELINE.map((name, index) =>
  forbid(
    `${name}-looks-back-only`,
    `${name} takes what earlier modules made; it knows no later one`,
    { path: folders([name]) },
    { path: folders([...PIPELINE.slice(index + 1), ...SIDE]) },
  ),
);

const sideRules = Object.entries(SIDE_MAY_USE).map(([name, allowed]) =>
  forbid(
    `${name}-stays-aside`,
    `${name} uses ${allowed.join(', ')} and no other module`,
    { path: folders([name]) },
    { path: folders([...PIPELINE, ...SIDE].filter(other => other !== name && !allowed.includes(other))) },
  ),
);

module.exports = {
  forbidden: [
    forbid('no-cycles', 'two modules that need each other are one module', {}, { circular: true }),
    forbid(
      'pure-stays-pure',
      'errors, json, sse and dialects are functions of their arguments',
      { path: folders(PURE), pathNot: '\\.spec\\.ts$' },
      {
        path: [
          folders([...BASE, ...PIPELINE, ...SIDE]),
          '^node:(fs|http|https|net|child_process)',
          'node_modules/(@nestjs|@prisma|undici|pg)/',
        ],
      },
    ),
    forbid(
      'errors-and-json-alone',
      'the two lowest folders know no other, save that an error may be thrown anywhere',
      { path: folders(['errors', 'json', 'sse']), pathNot: '\\.spec\\.ts$' },
      { path: folders(['dialects']) },
    ),
    forbid(
      'base-knows-no-module',
      'config and platform stand below all modules',
      { path: folders(BASE), pathNot: '\\.spec\\.ts$' },
      { path: folders([...PIPELINE, ...SIDE]) },
    ),
    forbid(
      'providers-know-no-module',
      'what there is to know of a kind of provider takes from config only how a variable is checked',
      { path: folders(['providers']), pathNot: '\\.spec\\.ts$' },
      { path: [folders([...PIPELINE, ...SIDE]), '^src/config/(?!environment-rules|plain-http)'] },
    ),
    ...pipelineRules,
    ...sideRules,
    forbid(
      'nouns-by-module',
      'a noun of the control plane knows of another what its module file exports',
      { path: '^src/management/([^/]+)/' },
      { path: NOUN, pathNot: ['^src/management/$1/', '\\.module\\.ts$'] },
    ),
    forbid(
      'nouns-by-module-from-outside',
      'nobody else looks behind the module file of a noun',
      { path: '^src/', pathNot: NOUN },
      { path: NOUN, pathNot: '\\.module\\.ts$' },
    ),
    forbid(
      'control-plane-knows-no-noun',
      'what every noun uses knows none of them',
      { path: '^src/management/control-plane/' },
      { path: NOUN },
    ),
    forbid(
      'only-app-module-wires',
      'nobody but the start knows the whole',
      { pathNot: '^src/(main|app\\.module|bootstrap/.*)\\.ts$' },
      { path: '^src/app\\.module\\.ts$' },
    ),
    forbid(
      'prisma-in-repositories-only',
      'only a repository speaks to the database',
      {
        path: '^src/',
        // the change feed and the start take the database's address from there, nothing else
        pathNot:
          '(\\.repository|prisma\\.service|\\.module|\\.spec)\\.ts$|^src/(generated/|platform/prisma/|platform/change-feed\\.ts$|bootstrap/application\\.ts$)',
      },
      {
        path: '^src/(generated/prisma|platform/prisma/prisma\\.service)',
      },
    ),
    forbid(
      'packages-stand-alone',
      'a package of packages/ knows nothing of the gateway',
      { path: '^packages/' },
      { path: '^src/' },
    ),
    forbid(
      'packages-by-their-entry',
      'nobody looks behind the public entry of a package',
      { path: '^src/' },
      { path: '^packages/', pathNot: '^packages/[^/]+/src/index\\.ts$' },
    ),
    forbid('no-barrels', 'an index hides where things are', { path: '^src/' }, { path: '^src/.*/index\\.ts$' }),
    forbid(
      'no-dev-dependencies',
      'the program runs without them',
      { path: '^(src|packages)/', pathNot: '\\.spec\\.ts$' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    forbid('no-unresolvable', 'an import that leads nowhere', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^src/generated'] },
    exclude: { path: '\\.spec\\.ts$|^test/|^packages/[^/]+/dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['bough-source', 'import', 'require', 'node', 'default', 'types'],
    },
  },
};
