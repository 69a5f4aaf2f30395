import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { readPriceList } from '../../catalog/price-list.js';
import type { Operator } from '../../identity/identity.types.js';
import { costNanoUsd } from '../../metering/price.js';
import { LedgerSpan } from '../../metering/ledger-span.js';
import {
  type CorrectionSum,
  type PriceCorrection,
  PriceCorrectionRepository,
  type StoredCorrection,
} from '../../metering/price-correction.repository.js';
import { IdSource } from '../../platform/id-source.js';
import { CreditsService } from '../../quota/credits/credits.service.js';
import { byCreation, byNumber, type PageQuery, readPage } from '../control-plane/page.js';
import { conflict, invalidField, notFound } from '../control-plane/refusals.js';
import { nanoToUsd } from '../../platform/nano-usd.js';
import { timestamp } from '../control-plane/notation.js';
import { isTaken } from '../control-plane/storage-failures.js';
import { checkPricing, ModelRepository, type PriceRecord } from '../models/models.module.js';
import type { CorrectPriceBody, PriceCorrectionAnswer, PriceCorrectionList, PriceVersionList } from './price.dto.js';

const PRICE_CURSORS = byNumber<PriceRecord>('prices', price => price.version);
const CURSORS = byCreation<StoredCorrection>('price-corrections');

/** Prices that were wrong, put right behind the requests they were charged for. History is added to, never rewritten. */
@Injectable()
export class PricesService {
  constructor(
    private readonly models: ModelRepository,
    private readonly repository: PriceCorrectionRepository,
    private readonly span: LedgerSpan,
    private readonly ids: IdSource,
    private readonly credits: CreditsService,
  ) {}

  /** Every price that a model has had, newest first. */
  async list(id: string, query: PageQuery): Promise<PriceVersionList> {
    const model = await this.models.find(id);
    if (model === null) throw notFound('model');
    const { rows, next } = await readPage(query, PRICE_CURSORS, (before, limit) =>
      this.models.listPrices(id, before, limit),
    );
    const prices = rows.map(({ version, pricing, validFrom, note }) => {
      return { version, pricing, valid_from: timestamp(validFrom), note, current: version === model.priceVersion };
    });
    return { prices, ...next };
  }

  /** @throws {GatewayError} not_found, invalid_request, or conflict when the id belongs to another correction */
  async correct(operator: Operator, modelId: string, body: CorrectPriceBody): Promise<PriceCorrectionAnswer> {
    const model = await this.models.find(modelId);
    if (model === null) throw notFound('model');
    const wanted = this.read(modelId, body);
    checkPricing(body.pricing, model.type);
    const prices = readPriceList(wanted.pricing, model.type);
    const stored = await this.repository
      .apply(wanted, tokens => costNanoUsd(prices, tokens))
      .catch((error: unknown) => {
        throw isTaken(error) ? taken() : error;
      });
    if (!isSame(stored, wanted, body.to === undefined)) throw taken();
    await this.credits.settleAll();
    const sums = await this.repository.sumEach([stored.id], operator.organizationId);
    return viewCorrection(stored, sums.get(stored.id));
  }

  /** @throws {GatewayError} not_found */
  async listCorrections({ organizationId }: Operator, modelId: string, query: PageQuery): Promise<PriceCorrectionList> {
    if ((await this.models.find(modelId)) === null) throw notFound('model');
    const { rows, next } = await readPage(query, CURSORS, (after, limit) =>
      this.repository.list(modelId, after, limit),
    );
    const ids = rows.map(row => row.id);
    const sums = await this.repository.sumEach(ids, organizationId);
    return { price_corrections: rows.map(row => viewCorrection(row, sums.get(row.id))), ...next };
  }

  private read(modelId: string, body: CorrectPriceBody): PriceCorrection {
    const now = this.span.now();
    const from = new Date(body.from);
    const to = body.to === undefined ? now : new Date(body.to);
    if (to <= from) throw invalidField('to', 'must be later than from');
    if (to > now) throw invalidField('to', 'must not lie ahead: change the price for what comes');
    const begin = this.span.begin();
    if (from < begin) throw invalidField('from', `must be ${timestamp(begin)} or later: older requests are not kept`);
    const { id = this.ids.prefixed('cor'), note } = body;
    const pricing: unknown = JSON.parse(JSON.stringify(body.pricing));
    // A forgotten field must not make a month free of charge.
    if (body.pricing.input == null) throw invalidField('pricing.input', 'must be given: 0 where it cost nothing');
    return { id, modelId, pricing, from, to, note };
  }
}

const NOTHING: CorrectionSum = { requests: 0, deltaNanoUsd: 0n };

function viewCorrection(stored: StoredCorrection, sum: CorrectionSum = NOTHING): PriceCorrectionAnswer {
  return {
    id: stored.id,
    model: stored.modelId,
    pricing: stored.pricing,
    from: timestamp(stored.from),
    to: timestamp(stored.to),
    note: stored.note,
    created_at: timestamp(stored.createdAt),
    adjusted_requests: sum.requests,
    delta_nano_usd: sum.deltaNanoUsd.toString(),
    delta_usd: nanoToUsd(sum.deltaNanoUsd),
  };
}

function isSame(stored: StoredCorrection, wanted: PriceCorrection, openEnd: boolean): boolean {
  const contents = ({ modelId, pricing, from, to, note }: PriceCorrection) => [
    ...[modelId, pricing, note, from.getTime()],
    openEnd || to.getTime(),
  ];
  return isDeepStrictEqual(contents(stored), contents(wanted));
}

function taken() {
  return conflict('another correction has this id', 'id');
}
