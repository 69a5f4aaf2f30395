import { Module } from '@nestjs/common';
import { CatalogSeeder } from './catalog.seeder.js';
import { CatalogRepository } from './catalog.repository.js';
import { CatalogService } from './catalog.service.js';

@Module({
  providers: [CatalogRepository, CatalogSeeder, CatalogService],
  exports: [CatalogService],
})
export class CatalogModule {}
