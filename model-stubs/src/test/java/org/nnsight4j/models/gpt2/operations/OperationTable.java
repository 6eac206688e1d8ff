package org.nnsight4j.models.gpt2.operations;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** For each operation many arguments, and the same computation in plain Java; by families. */
final class OperationTable {
  /** The arguments are those of the operation: tensors, lists of them, numbers, and so on. */
  interface Reference {
    Dense of(List<Object> args);
  }

  record Entry(List<List<Object>> cases, Reference reference) {}

  static final Map<String, Entry> ENTRIES = new LinkedHashMap<>();

  static {
    EntryForms forms = new EntryForms(ENTRIES);
    ArithmeticTable.addTo(forms);
    FunctionTable.addTo(forms);
    ReductionTable.addTo(forms);
    TokenTable.addTo(forms);
    OrderingTable.addTo(forms);
    ArrangementTable.addTo(ENTRIES);
    RepetitionTable.addTo(forms);
    ScatteringTable.addTo(forms);
    ProductTable.addTo(forms);
    DecompositionTable.addTo(forms);
    LossTable.addTo(forms);
    CreationTable.addTo(forms);
  }

  private OperationTable() {}
}
