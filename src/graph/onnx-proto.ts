/**
 * The messages of onnx.proto that potstill writes, as a protobufjs schema; names and field numbers are ONNX's
 * (onnx/onnx.proto, proto2). protobufjs does the wire format. This file is the only protobuf boundary.
 */
import protobuf from "protobufjs";

const field = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ rule: "repeated" as const, type, id });

const root = protobuf.Root.fromJSON(
  {
    nested: {
      AttributeProto: {
        fields: {
          name: field("string", 1),
          f: field("float", 2),
          i: field("int64", 3),
          s: field("bytes", 4),
          g: field("GraphProto", 6),
          ints: repeated("int64", 8),
          type: field("int32", 20), // an enum on the wire: FLOAT 1, INT 2, STRING 3, GRAPH 5, INTS 7
        },
      },
      NodeProto: {
        fields: {
          input: repeated("string", 1),
          output: repeated("string", 2),
          name: field("string", 3),
          op_type: field("string", 4),
          attribute: repeated("AttributeProto", 5),
          domain: field("string", 7),
        },
      },
      TensorProto: {
        fields: {
          dims: repeated("int64", 1),
          data_type: field("int32", 2),
          name: field("string", 8),
          raw_data: field("bytes", 9),
        },
      },
      Dimension: { fields: { dim_value: field("int64", 1), dim_param: field("string", 2) } },
      TensorShapeProto: { fields: { dim: repeated("Dimension", 1) } },
      TensorType: { fields: { elem_type: field("int32", 1), shape: field("TensorShapeProto", 2) } },
      TypeProto: { fields: { tensor_type: field("TensorType", 1) } },
      ValueInfoProto: { fields: { name: field("string", 1), type: field("TypeProto", 2) } },
      GraphProto: {
        fields: {
          node: repeated("NodeProto", 1),
          name: field("string", 2),
          initializer: repeated("TensorProto", 5),
          input: repeated("ValueInfoProto", 11),
          output: repeated("ValueInfoProto", 12),
        },
      },
      OperatorSetIdProto: { fields: { domain: field("string", 1), version: field("int64", 2) } },
      StringStringEntryProto: { fields: { key: field("string", 1), value: field("string", 2) } },
      ModelProto: {
        fields: {
          ir_version: field("int64", 1),
          producer_name: field("string", 2),
          graph: field("GraphProto", 7),
          opset_import: repeated("OperatorSetIdProto", 8),
          metadata_props: repeated("StringStringEntryProto", 14),
        },
      },
    },
  },
  new protobuf.Root(),
);
// keepCase is a parser option only: with fromJSON, names stay as written above.

const modelProto = root.lookupType("ModelProto");

export interface TensorProto {
  name: string;
  dims: readonly number[];
  data_type: number;
  raw_data: Uint8Array;
}
export interface AttributeProto {
  name: string;
  type: number;
  f?: number;
  i?: number;
  s?: Uint8Array;
  g?: GraphProto;
  ints?: readonly number[];
}
export interface NodeProto {
  name: string;
  op_type: string;
  domain: string;
  input: readonly string[];
  output: readonly string[];
  attribute: readonly AttributeProto[];
}
export interface ValueInfoProto {
  name: string;
  type: {
    tensor_type: {
      elem_type: number;
      shape?: { dim: readonly { dim_value?: number; dim_param?: string }[] };
    };
  };
}
export interface GraphProto {
  name: string;
  node: readonly NodeProto[];
  initializer: readonly TensorProto[];
  input: readonly ValueInfoProto[];
  output: readonly ValueInfoProto[];
}
export interface ModelProto {
  ir_version: number;
  producer_name: string;
  opset_import: readonly { domain: string; version: number }[];
  graph: GraphProto;
  metadata_props: readonly { key: string; value: string }[];
}

/** @returns the bytes of a .onnx file. */
export function encodeModel(model: ModelProto): Uint8Array {
  return modelProto.encode(modelProto.fromObject(model)).finish();
}
