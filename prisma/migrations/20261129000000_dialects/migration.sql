-- What is done with parameters that a model is known to reject, and other names for models.
ALTER TABLE "models" ADD COLUMN "parameter_policy" TEXT NOT NULL DEFAULT 'reject';

CREATE TABLE "model_aliases" (
    "alias" TEXT NOT NULL,
    "model_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "model_aliases_pkey" PRIMARY KEY ("alias")
);

CREATE INDEX "model_aliases_model_id_idx" ON "model_aliases"("model_id");

ALTER TABLE "model_aliases" ADD CONSTRAINT "model_aliases_model_id_fkey" FOREIGN KEY ("model_id") REFERENCES "models"("id") ON DELETE CASCADE ON UPDATE CASCADE;
