use super::*;
use crate::space::cells::{CellPlan, CellSettings};
use crate::space::network::PictureShape;

fn header() -> Header {
    let settings = CellSettings { cells: 3, nodes: 2, channels: 4, affine: true, ..CellSettings::default() };
    let picture = PictureShape { channels: 1, height: 8, width: 8 };
    // Node 0 of each cell: both inputs, a separable convolution and a pool; node 1: node 0 and an input.
    let architecture = Architecture::new([0, 1, 3, 1, 2, 0, 4, 0, 0, 1, 3, 2, 2, 1, 0, 0]);
    let normalisation = Normalisation { mean: vec![33.0], deviation: vec![78.5] };
    let plan = Plan::Cells(CellPlan { settings, picture, classes: 10 });
    Header { plan, architecture, normalisation, test_accuracy: Some(0.97) }
}

fn model() -> Model {
    let header = header();
    let (network, weights) = built(&header).unwrap();
    let values = needed(&network, &weights).into_iter().enumerate().map(|(place, (name, shape))| {
        let elements: usize = shape.iter().product();
        (name, (0..elements).map(|element| (place * 1000 + element) as f32 / 7.0).collect())
    });
    Model::new(header, values.collect()).unwrap()
}

#[test]
fn a_model_reads_back_as_it_was() {
    let model = model();
    let bytes = model.to_bytes().unwrap();
    assert_eq!(Model::from_bytes(&bytes).unwrap(), model);
    assert_eq!(model.to_bytes().unwrap(), bytes);
}

#[test]
fn every_batch_normalisation_has_its_statistics() {
    let model = model();
    let mut seen = 0;
    for step in &model.network().steps {
        if let Layer::BatchNorm { affine } = step.layer {
            let [mean, variance] = model.statistics(affine.unwrap()[0]);
            assert_eq!((mean.len(), variance.len()), (step.shape.channels, step.shape.channels));
            assert_ne!(mean, variance);
            seen += 1;
        }
    }
    assert!(seen > 5);
}

#[test]
fn a_damaged_model_is_refused_with_what_is_wrong() {
    let bytes = model().to_bytes().unwrap();
    for length in [0, 7, 100, bytes.len() - 1] {
        assert!(matches!(Model::from_bytes(&bytes[..length]), Err(ModelError::Format(_))), "{length}");
    }
    let refused = |change: fn(&mut BTreeMap<String, Vec<f32>>)| {
        let Model { header, mut values, .. } = model();
        change(&mut values);
        Model::new(header, values).unwrap_err().to_string()
    };
    assert_eq!(refused(|values| _ = values.remove("classifier.bias")), "there is no tensor classifier.bias");
    let long = refused(|values| values.get_mut("classifier.bias").unwrap().push(1.0));
    assert_eq!(long, "tensor classifier.bias is 11 numbers and must be 10 numbers, [10]");
    let infinite = refused(|values| values.get_mut("classifier.bias").unwrap()[3] = f32::NAN);
    assert_eq!(infinite, "tensor classifier.bias has a number that is not finite");
    assert_eq!(refused(|values| _ = values.insert("odd".into(), vec![])), "the network has no tensor odd");
}

#[test]
fn a_header_that_makes_no_sense_is_refused() {
    let refused = |change: fn(&mut Header)| {
        let Model { mut header, values, .. } = model();
        change(&mut header);
        Model::new(header, values).unwrap_err().to_string()
    };
    let unfit = |change: fn(&mut CellPlan)| {
        let Model { mut header, values, .. } = model();
        let Plan::Cells(plan) = &mut header.plan else { unreachable!("a model of cells") };
        change(plan);
        Model::new(header, values).unwrap_err().to_string()
    };
    assert!(unfit(|plan| plan.settings.affine = false).contains("trained scales"));
    assert!(unfit(|plan| plan.settings.cells = 1 << 40).contains("beyond"));
    assert!(unfit(|plan| plan.classes = 0).contains("beyond"));
    assert!(refused(|header| header.normalisation.mean.clear()).contains("must have 1 means"));
    assert!(refused(|header| header.normalisation.deviation[0] = 0.0).contains("above 0"));
    assert!(refused(|header| header.architecture = Architecture::new([9])).contains("options"));
}
