//! The same network written a second time: straight from the cells of the genotype, channels first, every tensor made
//! when the output asks for it. What the supernetwork's layer list says is not read here.

use std::cell::RefCell;
use std::collections::BTreeMap;

use tch::Tensor;

use crate::space::cells::{Cell, CellKind, CellSettings, Stem};
use crate::space::{Architecture, NetworkSpace, Plan};

/// A network of one architecture alone.
pub struct Reference {
    settings: CellSettings,
    cells: Vec<Cell>,
    /// Where the values of weights come from, by name.
    source: BTreeMap<String, Tensor>,
    /// The trainable tensors that the output has asked for.
    pub built: RefCell<BTreeMap<String, Tensor>>,
    /// How often the output uses each element of a matrix or kernel, by name.
    uses: RefCell<BTreeMap<String, usize>>,
}

impl Reference {
    pub fn new(space: &dyn NetworkSpace, architecture: &Architecture, values: &[Tensor]) -> Self {
        let source =
            space.weights().iter().zip(values).map(|(w, v)| (w.name.clone(), v.detach().contiguous())).collect();
        let outline = space.outline();
        let cells = outline.cells(architecture);
        let Some(Plan::Cells(plan)) = outline.plan else { unreachable!("the tests are of cells") };
        Self { settings: plan.settings, cells, source, built: RefCell::default(), uses: RefCell::default() }
    }

    /// Elements of all trainable tensors that were built.
    pub fn elements(&self) -> usize {
        self.built.borrow().values().map(Tensor::numel).sum()
    }

    pub fn logits(&self, pictures: &Tensor) -> Tensor {
        let last = self.cell_output(self.settings.cells as isize - 1, &pictures.contiguous());
        let pooled = last.relu().mean_dim(&[2i64, 3][..], false, None);
        self.uses.borrow_mut().insert("classifier.weight".into(), 1);
        pooled.matmul(&self.weight("classifier.weight").tr()) + self.weight("classifier.bias")
    }

    fn weight(&self, name: &str) -> Tensor {
        let mut built = self.built.borrow_mut();
        built.entry(name.into()).or_insert_with(|| self.source[name].copy()).shallow_clone()
    }

    /// Multiply-accumulates of one picture.
    pub fn macs(&self) -> usize {
        self.uses.borrow().iter().map(|(name, uses)| uses * self.source[name].numel()).sum()
    }

    /// Output of a cell; the stem counts as cells -1 and -2.
    fn cell_output(&self, cell: isize, pictures: &Tensor) -> Tensor {
        if cell < 0 {
            return match self.settings.stem {
                Stem::Single => self.stem("stem", pictures, self.settings.stem_stride as i64),
                Stem::ImageNet => {
                    let first = self.stem("stem.first", pictures, 2);
                    let second = self.stem("stem.second", &first.relu(), 2);
                    if cell == -2 { second } else { self.stem("stem.third", &second.relu(), 2) }
                }
            };
        }
        let index = cell as usize;
        let reduction = index == self.settings.cells / 3 || index == 2 * self.settings.cells / 3;
        let graph = &self.cells[usize::from(reduction)];
        assert_eq!(graph.kind == CellKind::Reduction, reduction);
        let mut nodes: Vec<Tensor> = Vec::new();
        for (place, node) in graph.nodes.iter().enumerate() {
            let mut sum: Option<Tensor> = None;
            for side in 0..2 {
                let name = format!("cell{index}.node{place}.{}", ["a", "b"][side]);
                let (value, stride) = match node.inputs[side] {
                    input @ (0 | 1) => (self.input(index, input, pictures), if reduction { 2 } else { 1 }),
                    earlier => (nodes[earlier - 2].shallow_clone(), 1),
                };
                let result = self.operation(&name, &node.operations[side], &value, stride);
                sum = Some(sum.map_or(result.shallow_clone(), |other| other + &result));
            }
            nodes.push(sum.unwrap());
        }
        let loose: Vec<usize> = (0..nodes.len()).filter(|&n| graph.nodes[n].loose).collect();
        let joined = Tensor::cat(&loose.iter().map(|&n| nodes[n].shallow_clone()).collect::<Vec<_>>(), 1).relu();
        let names: Vec<String> = loose.iter().map(|n| format!("cell{index}.output.node{n}")).collect();
        let blocks: Vec<Tensor> = names.iter().map(|name| self.weight(name)).collect();
        let output = joined.conv2d::<Tensor>(&Tensor::cat(&blocks, 1), None, [1, 1], [0, 0], [1, 1], 1);
        names.iter().for_each(|name| self.use_over(name, &output));
        self.norm(&format!("cell{index}.output.batch_norm"), &output)
    }

    fn stem(&self, name: &str, value: &Tensor, stride: i64) -> Tensor {
        let convolved = self.conv(&format!("{name}.convolution"), value, stride, 1, 1);
        self.norm(&format!("{name}.batch_norm"), &convolved)
    }

    /// An input of a cell, brought to its channels and to the size of the cell before.
    fn input(&self, cell: usize, which: usize, pictures: &Tensor) -> Tensor {
        let value = self.cell_output(cell as isize + which as isize - 2, pictures);
        let name = format!("cell{cell}.input{which}");
        // The cell before this one halved the picture where it is a reduction; the one before that did not see it.
        let before = cell as isize - 1;
        let halves = |c: isize| c == (self.settings.cells / 3) as isize || c == (2 * self.settings.cells / 3) as isize;
        let sides = value.size()[2];
        let stem_halves = before < 0 && self.settings.stem == Stem::ImageNet;
        if which == 0 && (stem_halves || before >= 0 && halves(before)) && sides > 1 {
            return self.factorised(&name, &value);
        }
        self.norm(&format!("{name}.batch_norm"), &self.conv(&format!("{name}.convolution"), &value.relu(), 1, 0, 1))
    }

    fn factorised(&self, name: &str, value: &Tensor) -> Tensor {
        let active = value.relu();
        let odd_pixels = active.constant_pad_nd([0, 1, 0, 1]).slice(2, 1, None, 1).slice(3, 1, None, 1);
        let odd = self.conv(&format!("{name}.odd"), &odd_pixels, 2, 0, 1);
        let even = format!("{name}.even");
        let joined = match self.source.contains_key(&even) {
            true => Tensor::cat(&[self.conv(&even, &active, 2, 0, 1), odd], 1),
            false => odd,
        };
        self.norm(&format!("{name}.batch_norm"), &joined)
    }

    fn operation(&self, name: &str, operation: &str, value: &Tensor, stride: i64) -> Tensor {
        let name = format!("{name}.{operation}");
        match operation {
            "identity" if stride == 1 => value.shallow_clone(),
            "identity" => self.factorised(&name, value),
            "average-pool-3x3" => value.avg_pool2d([3, 3], [stride; 2], [1, 1], false, false, None::<i64>),
            "max-pool-3x3" => value.max_pool2d([3, 3], [stride; 2], [1, 1], [1, 1], false),
            "separable-3x3" => self.separable(&name, value, 1, stride),
            "separable-5x5" => self.separable(&name, value, 2, stride),
            other => panic!("unknown operation {other}"),
        }
    }

    fn separable(&self, name: &str, value: &Tensor, padding: i64, stride: i64) -> Tensor {
        let mut value = value.shallow_clone();
        for (part, stride) in [("first", stride), ("second", 1)] {
            let name = format!("{name}.{part}");
            let channels = value.size()[1];
            let deep = self.conv(&format!("{name}.depthwise"), &value.relu(), stride, padding, channels);
            value = self.norm(&format!("{name}.batch_norm"), &self.conv(&format!("{name}.pointwise"), &deep, 1, 0, 1));
        }
        value
    }

    fn conv(&self, name: &str, value: &Tensor, stride: i64, padding: i64, groups: i64) -> Tensor {
        let output = value.conv2d::<Tensor>(&self.weight(name), None, [stride; 2], [padding; 2], [1, 1], groups);
        self.use_over(name, &output);
        output
    }

    /// Each element of a kernel is used once a pixel of its output.
    fn use_over(&self, name: &str, output: &Tensor) {
        let [_, _, rows, columns] = output.size()[..] else { panic!("{name} gives no pictures") };
        self.uses.borrow_mut().insert(name.into(), (rows * columns) as usize);
    }

    fn norm(&self, name: &str, value: &Tensor) -> Tensor {
        let mean = value.mean_dim(&[0i64, 2, 3][..], true, None);
        let variance = value.var_dim(&[0i64, 2, 3][..], false, true);
        let normal = (value - mean) / (variance + 1e-5).sqrt();
        if !self.settings.affine {
            return normal;
        }
        let [scale, shift] =
            ["scale", "shift"].map(|part| self.weight(&format!("{name}.{part}")).reshape([1, -1, 1, 1]));
        normal * scale + shift
    }
}
