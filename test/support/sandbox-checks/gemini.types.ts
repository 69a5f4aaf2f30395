import type { Content, GenerationConfig, Tool, ToolConfig } from 'genai3';

/** A checked request, with the model of its path and its names in camel case. */
export interface GeminiRequest {
  model: string;
  contents: Content[];
  systemInstruction?: Content;
  tools?: Tool[];
  toolConfig?: ToolConfig;
  generationConfig?: GenerationConfig;
}
