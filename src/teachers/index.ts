export * from "./teacher.ts";
export { adapterSchema, loadAdapter, type Adapter } from "./adapter.ts";
export { presets } from "./presets.ts";
export { httpTeacher } from "./http-teacher.ts";
export { bundleTeacher } from "./bundle-teacher.ts";
export { openTeacher, type TeacherOptions } from "./open-teacher.ts";
export { planQueries, countByView, type PlanOptions, type QueryPlan } from "./plan.ts";
export { forecast, prepareQuestions, type QuestionOptions, type Questions } from "./questions.ts";
export { checkLength, probe, type ProbeOptions } from "./probe.ts";
