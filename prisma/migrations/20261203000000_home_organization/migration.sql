-- The organization whose administrators run the installation: models, upstreams, routes, credit, other organizations.
ALTER TABLE "organizations" ADD COLUMN "home" BOOLEAN NOT NULL DEFAULT false;
-- The rows stay: projects, usage and credit of an organization that was deleted still name it.
ALTER TABLE "organizations" ADD COLUMN "deleted_at" TIMESTAMPTZ(3);

-- The one that start-up made, else the oldest. A fresh database gets its home at its first start.
UPDATE "organizations" SET "home" = true WHERE "id" = (
  SELECT "id" FROM "organizations" ORDER BY "id" = 'org-default' DESC, "created_at", "id" LIMIT 1
);
CREATE UNIQUE INDEX "organizations_home_key" ON "organizations"("home") WHERE "home";
