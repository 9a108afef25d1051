//! From plain numbers to tensors on a device, and back.

use rand_distr::{Distribution, StandardNormal};
use tch::{Device, TchError, Tensor};

use super::channels_last;
use crate::data::Batch;
use crate::search::{Purpose, stream};
use crate::space::network::{Initial, Weight};

/// Pictures (batch x channels x rows x columns, channels last in memory) and labels.
pub(crate) fn batch(batch: &Batch, device: Device) -> Result<(Tensor, Tensor), TchError> {
    let shape = batch.shape;
    let size = [batch.len(), shape.channels, shape.height, shape.width].map(|n| n as i64);
    let pictures = Tensor::f_from_slice(&batch.values)?.f_reshape(size)?;
    Ok((channels_last(&pictures)?.f_to_device(device)?, Tensor::f_from_slice(&batch.labels)?.f_to_device(device)?))
}

/// A fresh weight, drawn from its own counted stream: the same on every device.
pub(crate) fn initial(weight: &Weight, seed: u64, index: u64, device: Device) -> Result<Tensor, TchError> {
    let elements = weight.elements();
    let values: Vec<f32> = match weight.initial {
        Initial::Ones => vec![1.0; elements],
        Initial::Zeros => vec![0.0; elements],
        Initial::HeNormal => {
            let fan_in: usize = weight.shape[1..].iter().product();
            let deviation = (2.0 / fan_in as f32).sqrt();
            let mut random = stream(seed, Purpose::Initial, index);
            (0..elements)
                .map(|_| {
                    let normal: f32 = StandardNormal.sample(&mut random);
                    normal * deviation
                })
                .collect()
        }
    };
    placed(weight, &values, device)?.f_set_requires_grad(true)
}

/// A tensor of a weight's shape on a device.
pub(crate) fn placed(weight: &Weight, values: &[f32], device: Device) -> Result<Tensor, TchError> {
    let size: Vec<i64> = weight.shape.iter().map(|&n| n as i64).collect();
    channels_last(&Tensor::f_from_slice(values)?.f_reshape(size)?)?.f_to_device(device)
}

/// The numbers of a tensor in the order of its shape, whatever their layout in memory.
pub(crate) fn numbers(tensor: &Tensor) -> Result<Vec<f32>, TchError> {
    let tensor = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_contiguous()?;
    let mut numbers = vec![0.0f32; tensor.numel()];
    tensor.f_copy_data(&mut numbers, tensor.numel())?;
    Ok(numbers)
}
